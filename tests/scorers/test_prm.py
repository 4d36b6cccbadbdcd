from contextlib import asynccontextmanager
from math import exp

import pytest
from aiohttp import web

from engines.fake import FakeEngine
from engines.http import Transport
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.build import open_scorer
from scorers.prm import PrmPooling, PrmPoolingConfig
from tests.scorers.candidates import LastWord, candidate
from tests.scorers.pooling import (
    Pooling,
    all_pooling,
    decoded,
    row,
    serving,
    step_pooling,
    tagged,
)

FIRST, SECOND = candidate("6 * 7\n\n", "is 42."), candidate("It is 41.")
THIRD = candidate("42.")


@asynccontextmanager
async def prm(pooling: Pooling | None = None, **config):
    """A server and the scorer in front of it."""
    async with serving(pooling or Pooling()) as server:
        asked = PrmPoolingConfig(url=server.url, **config)
        async with open_scorer("it", asked, FakeEngine(lambda *_: ""), LastWord()) as scorer:
            server.seen.clear()
            yield server, scorer


def good(text: str) -> float:
    return row(text)[1]


async def test_rewards_are_those_of_the_separators_after_the_steps():
    async with prm() as (_, scorer):
        (verdict,) = (await scorer.judge((FIRST,))).opinions
    begun = "What is 6 * 7?\n6 * 7"
    rewards = (good(begun), good(f"{begun}\nis 42."))
    assert verdict.rewards == pytest.approx(rewards)
    assert verdict.score == pytest.approx(rewards[-1])


@pytest.mark.parametrize("how", ["min", "product", "mean"])
async def test_rewards_are_aggregated_as_configured(how):
    async with prm(aggregation=how) as (_, scorer):
        (verdict,) = (await scorer.judge((FIRST,))).opinions
    one, two = verdict.rewards
    expected = {"min": min(one, two), "product": one * two, "mean": (one + two) / 2}
    assert verdict.score == pytest.approx(expected[how])


async def test_all_candidates_go_in_one_request_and_equal_ones_once():
    async with prm() as (server, scorer):
        judgement = await scorer.judge((FIRST, SECOND, FIRST))
    (asked,) = server.seen
    assert asked["input"] == ["What is 6 * 7?\n6 * 7\nis 42.\n", "What is 6 * 7?\nIt is 41.\n"]
    assert (asked["model"], asked["task"]) == ("prm", "token_classify")
    assert judgement.usage.calls == 1


async def test_opinions_do_not_depend_on_the_order_of_the_batch():
    async with prm() as (_, one), prm() as (_, other):
        there = (await one.judge((FIRST, SECOND))).opinions
        back = (await other.judge((SECOND, FIRST))).opinions
    assert there == back[::-1]


async def test_what_was_judged_before_is_not_sent_again():
    async with prm() as (server, scorer):
        first = await scorer.judge((FIRST,))
        again = await scorer.judge((FIRST, SECOND))
        third = await scorer.judge((SECOND,))
    assert [len(asked["input"]) for asked in server.seen] == [1, 1]
    assert again.opinions[0] == first.opinions[0]
    assert third.usage == Usage()


async def test_only_the_latest_used_texts_are_remembered():
    async with serving(Pooling()) as server, Transport(server.url) as transport:
        config = PrmPoolingConfig(url=server.url, prefix="{question} ")
        scorer = PrmPooling("it", transport, config, remembered=2)
        for judged in (FIRST, SECOND, FIRST, THIRD, FIRST, SECOND):
            await scorer.judge((judged,))
    asked = [body["input"][0].split(" ", 5)[-1] for body in server.seen]
    assert asked == ["6 * 7\nis 42.\n", "It is 41.\n", "42.\n", "It is 41.\n"]


async def test_a_text_that_failed_is_sent_again():
    async with prm(Pooling()) as (server, scorer):
        server.rows = lambda text: step_pooling(text) if "42" in text else []
        failed = (await scorer.judge((FIRST, SECOND))).opinions[1]
        server.rows = step_pooling
        mended = (await scorer.judge((FIRST, SECOND))).opinions[1]
    assert isinstance(failed, Abstention)
    assert isinstance(mended, Verdict)


async def test_nothing_to_send_has_no_cost_beforehand():
    async with prm(parameters=100.0) as (_, scorer):
        assert scorer.bound((candidate("\n"), candidate())) == Usage()


async def test_flops_are_two_for_each_weight_and_token():
    async with prm(parameters=100.0) as (_, scorer):
        usage = (await scorer.judge((FIRST,))).usage
    assert usage == Usage(prompt_tokens=30, calls=1, flops=2 * 100 * 30)


async def test_a_solution_without_text_is_not_sent():
    async with prm() as (server, scorer):
        opinions = (await scorer.judge((candidate("\n", " "), candidate()))).opinions
    assert opinions == (Abstention("the solution has no text"),) * 2
    assert server.seen == []


async def test_a_server_that_pools_every_token_is_refused_with_advice():
    with pytest.raises(
        ScorerUnavailable, match=r"3 separators sent, 43 rows came.*--pooler-config.*STEP"
    ):
        async with prm(Pooling(rows=all_pooling)):
            pass


async def test_a_server_that_pools_whole_texts_is_refused_with_advice():
    with pytest.raises(ScorerUnavailable, match=r"no rows of numbers: .*--runner pooling"):
        async with prm(Pooling(rows=lambda _: [0.1, 0.9])):
            pass


async def test_a_text_whose_steps_cannot_be_told_apart_is_an_abstention():
    def rows(text: str) -> list[list[float]]:
        return [row(line) for line in text.removesuffix("41.\n").split("\n")[:-1]]

    async with prm(Pooling(rows=rows)) as (_, scorer):
        first, second = (await scorer.judge((FIRST, SECOND))).opinions
    assert isinstance(first, Verdict)
    assert second == Abstention("2 separators sent, 1 rows came back")


async def test_a_text_longer_than_the_context_is_an_abstention_on_its_candidate():
    long = candidate("6 * 7\n", "is " * 100)
    async with prm(Pooling(context=100)) as (_, scorer):
        first, second = (await scorer.judge((FIRST, long))).opinions
    assert isinstance(first, Verdict)
    assert second == Abstention("3 separators sent, 2 rows came back")


async def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(ScorerUnavailable, match="2 columns: no column 2, set `positive`"):
        async with prm(positive=2):
            pass


async def test_logits_become_probabilities():
    async with prm(Pooling(rows=lambda t: [[-1.0, 2.0]] * t.count("\n"))) as (_, scorer):
        (verdict,) = (await scorer.judge((SECOND,))).opinions
    assert verdict.score == pytest.approx(exp(2) / (exp(2) + exp(-1)))


async def test_a_server_that_gave_logits_once_gives_no_probabilities():
    def rows(text: str) -> list[list[float]]:
        return [[0.3, 0.7] if "41" in text else [-1.0, 2.0]] * text.count("\n")

    async with prm(Pooling(rows=rows)) as (_, scorer):
        await scorer.judge((THIRD,))
        (verdict,) = (await scorer.judge((SECOND,))).opinions
    assert verdict.score == pytest.approx(exp(0.7) / (exp(0.7) + exp(0.3)))


async def test_the_key_and_the_model_are_the_configured_ones():
    async with prm(model="other", api_key="sk-1") as (server, scorer):
        await scorer.judge((FIRST,))
    assert server.seen[0]["model"] == "other"
    assert server.keys == {"Bearer sk-1"}


async def test_the_address_may_end_with_v1():
    async with serving(Pooling()) as server:
        config = PrmPoolingConfig(url=f"{server.url}/v1/")
        async with open_scorer("it", config, FakeEngine(lambda *_: ""), LastWord()) as scorer:
            assert len((await scorer.judge((FIRST,))).opinions) == 1


async def test_a_server_without_models_asks_for_one_to_be_named():
    with pytest.raises(ScorerUnavailable, match="set `model`"):
        async with prm(Pooling(models=())):
            pass


async def test_a_server_that_is_not_there_is_a_scorer_unavailable():
    config = PrmPoolingConfig(url="http://127.0.0.1:9")
    with pytest.raises(ScorerUnavailable, match=r"127\.0\.0\.1:9"):
        async with open_scorer("it", config, FakeEngine(lambda *_: ""), LastWord()):
            pass


async def test_a_refusal_says_what_the_server_said():
    said = {"error": {"message": "too long for me", "code": 400}}
    async with prm() as (server, scorer):
        server.answer = lambda: web.json_response(said, status=400)
        with pytest.raises(ScorerUnavailable, match="too long for me"):
            await scorer.judge((FIRST,))


async def test_a_model_is_written_for_as_its_name_says():
    async with prm(Pooling(rows=tagged("<extra_0>"), models=("Qwen/Qwen2.5-Math-PRM-7B",))) as (
        server,
        scorer,
    ):
        (verdict,) = (await scorer.judge((FIRST,))).opinions
    (text,) = server.seen[0]["input"]
    assert text.endswith("assistant\n6 * 7<extra_0>is 42.<extra_0>")
    one, two = verdict.rewards
    assert verdict.score == pytest.approx(one * two)


async def test_what_is_configured_is_taken_before_what_the_name_says():
    named = {"model": "Qwen/Qwen2.5-Math-PRM-7B", "family": "lines", "aggregation": "min"}
    async with prm(**named) as (server, scorer):
        (verdict,) = (await scorer.judge((FIRST,))).opinions
    assert server.seen[0]["input"] == ["What is 6 * 7?\n6 * 7\nis 42.\n"]
    assert verdict.score == min(verdict.rewards)


async def test_steps_in_a_step_are_rated_one_by_one_and_are_one_reward():
    whole, apart = candidate("6 * 7\n\nis 42.\n\n", "Yes."), candidate("6 * 7", "is 42.", "Yes.")
    async with prm(split="\n\n", aggregation="mean") as (server, scorer):
        together, told = (await scorer.judge((whole, apart))).opinions
    first, second, last = told.rewards
    assert len(server.seen[0]["input"]) == 1
    assert together.rewards == pytest.approx(((first + second) / 2, last))
    assert together.score == pytest.approx(told.score)


async def test_values_are_asked_for_and_read_at_the_lines_ends():
    def values(text: str) -> list[list[float]]:
        return [[float(len(text[:i]) % 5 - 2)] for i in range(len(text))]

    async with prm(Pooling(rows=values), family="skywork") as (server, scorer):
        (verdict,) = (await scorer.judge((candidate("a\nb"),))).opinions
    sent = server.seen[0]
    assert sent["use_activation"] is False
    assert decoded(sent["input"][0]) == "<|endoftext|>What is 6 * 7?\na\nb\n"
    (end,) = values(decoded(sent["input"][0]))[-1]
    assert verdict.rewards == pytest.approx((1 / (1 + exp(-end)),))


async def test_advice_names_the_token_where_it_is_known():
    with pytest.raises(ScorerUnavailable, match=r'"step_tag_id": 10\}'):
        async with prm(Pooling(rows=lambda _: [[0.5, 0.5]] * 5), family="trl"):
            pass


async def test_a_server_that_rates_by_values_is_refused_as_one_of_classes():
    with pytest.raises(ScorerUnavailable, match=r"3 is not in \[0, 1\]: set `readout` to value"):
        async with prm(Pooling(rows=lambda text: [[3.0]] * text.count("\n"))):
            pass


async def test_a_server_that_is_too_slow_has_failed():
    async with prm(timeout_seconds=0.2) as (_, scorer):
        with pytest.raises(ScorerUnavailable, match=r"took longer than 0\.2 s") as caught:
            await scorer.judge((candidate("a slow one"),))
    assert not caught.value.unspent


async def test_a_reply_on_one_text_twice_makes_no_sense():
    twice = {"data": [{"index": 0, "data": [[0.1, 0.9]] * 3}] * 2}
    async with prm() as (server, scorer):
        server.answer = lambda: web.json_response(twice)
        with pytest.raises(ScorerUnavailable, match="not once on each of 2 texts"):
            await scorer.judge((FIRST, SECOND))
