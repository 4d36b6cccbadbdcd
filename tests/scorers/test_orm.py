from contextlib import asynccontextmanager
from math import exp

import pytest
from pydantic import ValidationError

from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.build import open_scorer
from scorers.families import ORM_FAMILIES, orm_family_of
from scorers.orm import OrmPoolingConfig
from tests.scorers.candidates import LastWord, candidate, prompt, with_tools
from tests.scorers.pooling import Pooling, serving, whole

RIGHT, WRONG = candidate("6 * 7\n\n", "is 42."), candidate("It is 41.")


@asynccontextmanager
async def orm(pooling: Pooling | None = None, **config):
    """A server and the scorer in front of it."""
    async with serving(pooling or Pooling(rows=whole)) as server:
        asked = OrmPoolingConfig(url=server.url, **config)
        async with open_scorer("it", asked, FakeEngine(lambda *_: ""), LastWord()) as scorer:
            server.seen.clear()
            yield server, scorer


def sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value))


async def test_a_conversation_goes_to_the_servers_own_chat_template():
    async with orm() as (server, scorer):
        (verdict,) = (await scorer.judge((RIGHT,))).opinions
    turns = [("user", "What is 6 * 7?"), ("assistant", "6 * 7\n\nis 42.")]
    (asked,) = server.seen
    assert asked["messages"] == [{"role": role, "content": text} for role, text in turns]
    assert (asked["task"], asked["use_activation"]) == ("classify", False)
    assert asked["add_generation_prompt"] is False
    (value,) = whole("".join(f"{role}: {text}\n" for role, text in turns))
    assert verdict.rewards == (verdict.score,) == (pytest.approx(sigmoid(value)),)


async def test_system_messages_are_left_out_and_tools_told_of_in_words():
    asked = prompt("What is 1 + 1?", system="Be brief")
    async with orm() as (server, scorer):
        await scorer.judge((candidate("2", asked=asked), candidate("42", asked=with_tools())))
    sent = sorted(([t["role"] for t in body["messages"]] for body in server.seen), key=len)
    assert sent == [["user", "assistant"], ["user", "assistant", "user", "assistant"]]


async def test_qwens_reward_model_reads_what_its_card_says_and_its_last_token_is_read():
    def by_token(text: str) -> list[list[float]]:
        return [[9.0]] * (len(text) - 1) + [whole(text)]

    named = {"model": "Qwen/Qwen2.5-Math-RM-72B"}
    async with orm(Pooling(rows=by_token), **named) as (server, scorer):
        (verdict,) = (await scorer.judge((candidate("a{question}", asked=prompt("q")),))).opinions
    text = (
        "<|im_start|>system\nPlease reason step by step, and put your final answer within "
        "\\boxed{}.<|im_end|>\n<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"
        "a{question}<|im_end|>\n"
    )
    assert server.seen[0]["input"] == [text]
    assert server.seen[0]["task"] == "token_classify"
    assert verdict.score == pytest.approx(sigmoid(whole(text)[0]))


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("Qwen/Qwen2.5-Math-RM-72B", "qwen_rm"),
        ("Skywork/Skywork-Reward-Llama-3.1-8B-v0.2", "skywork_reward"),
        ("Skywork/Skywork-Reward-Gemma-2-27B-v0.2", "skywork_reward"),
        ("RLHFlow/ArmoRM-Llama3-8B-v0.1", "armorm"),
        ("someone/their-rm", "chat"),
    ],
)
def test_a_family_is_found_by_the_models_name(model, family):
    assert orm_family_of(model) is ORM_FAMILIES[family]


async def test_the_greater_value_has_the_greater_score_and_scales_part_large_ones():
    values = {"42": 60.0, "41": 50.0}
    served = Pooling(rows=lambda text: [values["42" if "42" in text else "41"]])
    async with orm(served) as (_, close), orm(served, scale=20.0) as (_, parted):
        same = [o.score for o in (await close.judge((RIGHT, WRONG))).opinions]
        told = [o.score for o in (await parted.judge((RIGHT, WRONG))).opinions]
    assert same == [1.0, 1.0]
    assert told == pytest.approx([sigmoid(3), sigmoid(2.5)])


async def test_classes_are_read_by_their_column():
    async with orm(Pooling(rows=lambda _: [2.0, 0.0]), readout="classes", positive=0) as (
        _,
        scorer,
    ):
        (verdict,) = (await scorer.judge((RIGHT,))).opinions
    assert verdict.score == pytest.approx(0.880797, abs=1e-6)


async def test_a_template_can_be_given():
    async with orm(template="Q: {question} A: {answer}!") as (server, scorer):
        await scorer.judge((candidate("{question} 42", asked=prompt("{answer}?")),))
    assert server.seen[0]["input"] == ["Q: {answer}? A: {question} 42!"]


async def test_unfinished_and_empty_solutions_are_not_sent():
    async with orm() as (server, scorer):
        given_up = (candidate("6 *", finish=None), candidate(" \n"))
        judgement = await scorer.judge(given_up)
        assert scorer.bound(given_up) == Usage()
    assert all(isinstance(opinion, Abstention) for opinion in judgement.opinions)
    assert (server.seen, judgement.usage) == ([], Usage())


async def test_a_failed_call_is_an_abstention_on_its_solution_only():
    def rows(text: str) -> list[float]:
        return [1.0, 2.0] if "41" in text else [1.0]

    async with orm(Pooling(rows=rows), parameters=100.0) as (_, scorer):
        judgement = await scorer.judge((RIGHT, WRONG))
        alone = (await scorer.judge((RIGHT,))).usage
        assert judgement.usage == alone + scorer.bound((WRONG,))
    right, wrong = judgement.opinions
    assert isinstance(right, Verdict)
    assert "2 columns, not one value" in wrong.reason


@pytest.mark.parametrize(
    ("rows", "config", "advice"),
    [
        (lambda _: [0.5] * 19, {"family": "armorm"}, '19 columns.*"task": "classify"'),
        (lambda _: [[0.5]] * 9, {}, 'no rows of numbers.*"task": "classify"'),
        (lambda _: [0.5], {"family": "qwen_rm"}, "no rows of numbers.*rates every token"),
        (lambda _: [], {"family": "qwen_rm"}, "no token is rated.*rates every token"),
        (lambda _: [3.0], {"readout": "classes"}, r"3 is not in \[0, 1\]: set `readout`"),
    ],
)
async def test_a_server_that_is_not_as_configured_is_refused_with_advice(rows, config, advice):
    with pytest.raises(ScorerUnavailable, match=advice):
        async with orm(Pooling(rows=rows), **config):
            pass


@pytest.mark.parametrize("template", ["{answer}", "{question}", "{answer} {question}"])
def test_a_template_has_the_question_and_then_the_answer(template):
    with pytest.raises(ValidationError):
        OrmPoolingConfig(url="http://orm", template=template)
