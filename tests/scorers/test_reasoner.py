import hashlib

import pytest

from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.judge import Judge, JudgeConfig
from scorers.reasoner import DECISION, PROMPT, PROMPT_VERSION, Reasoner
from tests.scorers.candidates import candidate, prompt
from tests.scorers.critics import Critical, Hanging

RIGHT = candidate("Answer: 42")
ROLES = ["user", "assistant", "user"]


def scorer(engine: FakeEngine, rationales: int = 3, **config) -> Reasoner:
    judge = JudgeConfig(rationales=rationales, **config).scorer("it", engine)
    assert isinstance(judge, Reasoner)
    return judge


def test_a_judge_reasons_only_if_it_is_told_to():
    assert isinstance(JudgeConfig().scorer("it", Critical("")), Judge)


async def test_the_score_is_the_mean_of_all_that_it_says_behind_its_critiques():
    shares = {"good": 0.9, "bad": 0.1, "fair": 0.8}
    engine = Critical(*shares, yes=lambda text: next(p for w, p in shares.items() if w in text))
    (verdict,) = (await scorer(engine).judge((RIGHT,))).opinions
    assert verdict.rewards == (verdict.score,) == (pytest.approx(0.6),)
    assert engine.labels == {("Yes", "No")}


async def test_each_critique_is_shown_and_the_question_put_behind_it():
    engine = Critical("It is right.")
    asked = prompt("Say {answer}", system="Be brief")
    await scorer(engine, 1).judge((candidate("It is {conversation}", asked=asked),))
    first, second = (request.prompt.conversation.messages for request in engine.seen)
    assert [turn.role for turn in second] == ROLES
    assert second[0] == first[0]
    assert "[system]\nBe brief\n\n[user]\nSay {answer}\n" in first[0].content
    assert first[0].content.endswith("Let's verify step by step.")
    assert [turn.content for turn in second[1:]] == ["It is right.", DECISION]


async def test_all_that_is_written_and_read_is_on_the_bill_and_within_the_bound():
    judge = scorer(Critical("one two three"), max_tokens=50)
    usage, bound = (await judge.judge((RIGHT,))).usage, judge.bound((RIGHT,))
    assert (usage.calls, usage.completion_tokens) == (4, 3 * 3 + 3) == (bound.calls, 12)
    assert bound.completion_tokens == 3 * 50 + 3
    assert usage.prompt_tokens <= bound.prompt_tokens


async def test_a_failed_call_that_may_have_been_answered_stays_within_the_bound():
    def yes(text: str) -> float:
        if "bad" in text:
            raise EngineUnavailable("gone")
        return 0.9

    judge = scorer(Critical("good", "bad " * 40, yes=yes), 2, max_tokens=50)
    judgement, bound = await judge.judge((RIGHT,)), judge.bound((RIGHT,))
    assert judgement.opinions[0].score == pytest.approx(0.9)
    assert judgement.usage.calls == bound.calls
    assert judgement.usage.prompt_tokens <= bound.prompt_tokens


async def test_a_solution_whose_calls_fail_is_abstained_on():
    class Busy(Critical):
        async def generate(self, request, listen=None):
            if "busy" in request.prompt.conversation.messages[0].content:
                raise EngineOverloaded("no room")
            return await super().generate(request, listen)

    judgement = await scorer(Busy("fine")).judge((candidate("busy"), RIGHT))
    failed, known = judgement.opinions
    assert failed == Abstention("the verifier's call failed: no room")
    assert isinstance(known, Verdict)
    with pytest.raises(ScorerUnavailable, match="all 1 calls") as caught:
        await scorer(Busy("fine")).judge((candidate("busy"),))
    assert caught.value.unspent


async def test_a_model_that_says_neither_is_no_verdict():
    (opinion,) = (await scorer(Critical("x", yes=lambda _: 0.0)).judge((RIGHT,))).opinions
    assert opinion == Abstention("the verifier says neither Yes nor No")


async def test_a_critique_that_takes_too_long_is_none():
    with pytest.raises(ScorerUnavailable, match=r"took longer than 0\.01 s"):
        await scorer(Hanging(lambda *_: ""), timeout_seconds=0.01).judge((RIGHT,))


async def test_unfinished_and_empty_solutions_cost_nothing():
    judge, given_up = scorer(Critical("x")), (candidate("6 *", finish=None), candidate(" "))
    judgement = await judge.judge(given_up)
    assert (judgement.usage, judge.bound(given_up)) == (Usage(), Usage())


def test_another_prompt_has_another_version():
    digest = hashlib.sha256((PROMPT + DECISION).encode()).hexdigest()[:8]
    assert (PROMPT_VERSION, digest) == (1, "28001436")
