import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Capabilities
from engines.errors import EngineOverloaded
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable
from scorers.rubric import PROMPT, PROMPT_VERSION, RubricConfig, grade_of
from tests.scorers.candidates import candidate, prompt
from tests.scorers.critics import Hanging

RIGHT, WRONG = candidate("Answer: 42"), candidate("Answer: 41")
CHAT = Capabilities("chat")


def says(*replies: str) -> FakeEngine:
    """A judge on a server that does nothing but chat."""
    return FakeEngine(lambda request, i: replies[i % len(replies)], capabilities=CHAT)


async def judged(engine: FakeEngine, *candidates, **config):
    scorer = RubricConfig(**config).scorer("it", engine)
    return (await scorer.judge(candidates or (RIGHT,))).opinions


@pytest.mark.parametrize(
    ("reply", "score"), [("Good. [[10]]", 1.0), ("[[1]]", 0.0), ("[[3]]? No: [[ 7/10 ]]", 6 / 9)]
)
async def test_a_grade_from_one_to_ten_becomes_a_score(reply, score):
    (verdict,) = await judged(says(reply))
    assert verdict.rewards == (verdict.score,) == (pytest.approx(score),)


@pytest.mark.parametrize("reply", ["", "I say 7.", "[[0]]", "[[11]]", "[[7.5]]", "[[-3]]", "[[x]]"])
async def test_a_reply_without_a_grade_is_an_abstention_and_no_zero(reply):
    (opinion,) = await judged(says(reply))
    assert opinion == Abstention("1 of 1 replies of the judge have no grade")


async def test_the_score_of_several_replies_is_the_mean_of_those_with_a_grade():
    (verdict,) = await judged(says("[[10]]", "well", "[[4]]"), samples=3, temperature=1)
    assert verdict.score == pytest.approx((1 + 3 / 9) / 2)


async def test_the_judge_is_shown_the_conversation_the_answer_and_the_rubric():
    engine = says("[[5]]")
    asked = prompt("Say {answer}", system="Be brief")
    await judged(engine, candidate("It is {rubric}", asked=asked), rubric="be {kind}")
    (turn,) = engine.seen[0].prompt.conversation.messages
    assert "[system]\nBe brief\n\n[user]\nSay {answer}\n" in turn.content
    assert "<answer>\nIt is {rubric}\n</answer>" in turn.content
    assert "by this rubric: be {kind}\n" in turn.content


async def test_a_failed_call_is_an_abstention_on_its_solution_only():
    def reply(request, i: int) -> str:
        if "41" in request.prompt.conversation.messages[0].content:
            raise EngineOverloaded("no room")
        return "[[9]]"

    engine = FakeEngine(reply, capabilities=CHAT)
    right, wrong = await judged(engine, RIGHT, WRONG)
    assert right.score == pytest.approx(8 / 9)
    assert wrong == Abstention("the verifier's call failed: no room")
    with pytest.raises(ScorerUnavailable, match="all 1 calls"):
        await judged(engine, WRONG)


async def test_a_reply_that_takes_too_long_is_none():
    with pytest.raises(ScorerUnavailable, match=r"took longer than 0\.01 s"):
        await judged(Hanging(lambda *_: ""), timeout_seconds=0.01)


async def test_all_that_is_written_is_on_the_bill_and_within_the_bound():
    scorer = RubricConfig(samples=2, temperature=1, max_tokens=9).scorer("it", says("a b [[5]]"))
    usage, bound = (await scorer.judge((RIGHT, WRONG))).usage, scorer.bound((RIGHT, WRONG))
    assert (usage.calls, usage.completion_tokens) == (2, 12)
    assert (bound.calls, bound.completion_tokens) == (2, 36)
    assert usage.prompt_tokens <= bound.prompt_tokens


async def test_unfinished_and_empty_solutions_cost_nothing():
    scorer = RubricConfig().scorer("it", says("[[5]]"))
    given_up = (candidate("6 *", finish=None), candidate(" "))
    assert ((await scorer.judge(given_up)).usage, scorer.bound(given_up)) == (Usage(), Usage())


@given(st.text())
def test_any_reply_has_a_grade_in_zero_to_one_or_none(reply):
    grade = grade_of(reply)
    assert grade is None or 0 <= grade <= 1


@given(st.text(alphabet="ab [", max_size=9), st.integers(1, 10))
def test_the_last_grade_counts(before, grade):
    assert grade_of(f"[[2]]{before} [[{grade}]]") == pytest.approx((grade - 1) / 9)


def test_another_prompt_has_another_version():
    digest = hashlib.sha256(PROMPT.encode()).hexdigest()[:8]
    assert (PROMPT_VERSION, digest) == (1, "367fcdf9")
