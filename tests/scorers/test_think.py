import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engines.base import Capabilities
from engines.errors import EngineOverloaded
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable
from scorers.think import LABELS, PROMPT, PROMPT_VERSION, ThinkPrmConfig, labels, undecided
from tests.scorers.candidates import candidate, prompt
from tests.scorers.critics import Critical, Hanging

AB = candidate("a\n\n", "b", asked=prompt("q"))
RIGHT = " a is \\boxed{correct} b is \\boxed{correct}\nIs the solution correct? Yes"
WRONG = " a is \\boxed{correct} b is \\boxed{incorrect}\nIs the solution correct? No"


def scorer(engine: FakeEngine, **config):
    return ThinkPrmConfig(**config).scorer("it", engine)


async def judged(engine: FakeEngine, *candidates, **config):
    return (await scorer(engine, **config).judge(candidates or (AB,))).opinions


async def test_the_model_is_asked_as_it_was_trained_and_begins_to_verify():
    engine = Critical(RIGHT)
    await judged(engine)
    (asked,) = engine.seen[0].prompt.conversation.messages
    assert asked.content == (
        "You are given a math problem and a proposed step-by-step solution:\n\n[Math Problem]\n\n"
        "q\n\n[Solution]\n\nStep 1: a\nStep 2: b\n\nReview and critique each step in the proposed "
        "solution to determine whether each step is correct. If the solution is incomplete, only "
        "verify the provided steps.\n"
    )
    assert engine.seen[0].text == "Let's verify step by step:"
    assert (engine.seen[0].sampling.max_tokens, engine.seen[0].sampling.temperature) == (4096, 0)


async def test_the_score_is_read_where_it_decided_and_rewards_where_it_labelled():
    engine = Critical(WRONG, yes=lambda _: 0.3)
    (verdict,) = await judged(engine)
    assert (verdict.score, verdict.rewards) == (pytest.approx(0.3), (1.0, 0.0))
    assert engine.read[0].endswith("boxed{incorrect}\nIs the solution correct?")
    assert engine.labels == {LABELS} == {(" Yes", " No")}


async def test_a_critique_that_was_cut_short_is_asked_for_its_decision():
    engine = Critical("a is fine, but " * 20)
    (verdict,) = await judged(engine, max_tokens=5)
    assert engine.read[0].endswith(":a is fine, but a\nIs the solution correct?")
    assert len(verdict.rewards) == 1


async def test_the_score_of_several_critiques_is_their_mean():
    def yes(text: str) -> float:
        return 0.9 if "incorrect" not in text else 0.1

    (verdict,) = await judged(Critical(RIGHT, WRONG, yes=yes), samples=2, temperature=0.6)
    assert verdict.score == pytest.approx(0.5)
    assert verdict.rewards == pytest.approx((1.0, 0.5))


async def test_the_beginning_of_a_solution_is_judged_too():
    begun, empty = await judged(
        Critical(" \\boxed{correct}\nIs the solution correct? Yes"),
        candidate("a\n\n", finish=None),
        candidate("\n"),
    )
    assert begun.rewards == (1.0,)
    assert empty == Abstention("the solution has no text")


async def test_all_that_is_written_and_read_is_on_the_bill_and_within_the_bound():
    judge = scorer(Critical(RIGHT, WRONG), samples=3, temperature=1)
    usage, bound = (await judge.judge((AB,))).usage, judge.bound((AB,))
    words = 2 * len(RIGHT.split()) + len(WRONG.split())
    assert (usage.calls, bound.calls) == (4, 4)
    assert usage.completion_tokens >= words + 3
    assert usage.completion_tokens <= bound.completion_tokens == 3 * 4096 + 3
    assert usage.prompt_tokens <= bound.prompt_tokens


async def test_a_model_that_says_neither_is_no_verdict():
    (opinion,) = await judged(Critical(RIGHT, yes=lambda _: 0.0))
    assert opinion == Abstention("the verifier says neither Yes nor No")


async def test_a_failed_reading_leaves_the_others():
    def yes(text: str) -> float:
        if "incorrect" in text:
            raise EngineOverloaded("no room")
        return 0.9

    (verdict,) = await judged(Critical(RIGHT, WRONG, yes=yes), samples=2, temperature=1)
    assert verdict.score == pytest.approx(0.9)
    with pytest.raises(ScorerUnavailable, match="no room"):
        await judged(Critical(WRONG, yes=yes))


async def test_a_critique_that_takes_too_long_is_none():
    with pytest.raises(ScorerUnavailable, match=r"took longer than 0\.01 s"):
        await judged(Hanging(lambda *_: ""), timeout_seconds=0.01)


@pytest.mark.parametrize("able", [Capabilities("m", continues=True), Capabilities("m")])
def test_an_engine_that_cannot_do_what_is_needed_is_refused(able):
    with pytest.raises(ScorerUnavailable, match="m must give log-probabilities and continue"):
        scorer(FakeEngine(lambda *_: "", capabilities=able))


def test_several_critiques_at_temperature_zero_are_refused():
    with pytest.raises(ValidationError, match="set `temperature`"):
        ThinkPrmConfig(samples=2)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("? No. Then again: {asked} Yes.", "? No. Then again: {asked}"),
        ("{asked} No, or {asked} Yes", "{asked} No, or {asked}"),
        ("{asked} Yes and no more", "{asked}"),
        ("No. Yes, is it? No", "No. Yes, is it? No\n{asked}"),
        ("{asked} Nothing", "{asked} Nothing\n{asked}"),
        ("", "\n{asked}"),
    ],
)
def test_the_last_yes_or_no_is_the_one_that_counts(text, read):
    asked = "Is the solution correct?"
    assert undecided(text.format(asked=asked)) == read.format(asked=asked)


@pytest.mark.parametrize(
    ("said", "steps", "told"),
    [
        ("++", 2, (1.0, 1.0)),
        ("+-", 2, (1.0, 0.0)),
        ("-", 3, (0.0, 0.0, 0.0)),
        ("+-+", 3, (1.0, 0.0, 0.0)),
        ("+", 2, None),
        ("", 1, None),
        ("+++", 2, (1.0, 1.0)),
        ("++-", 2, (1.0, 1.0)),
    ],
)
def test_labels_are_read_up_to_the_first_incorrect_step(said, steps, told):
    boxes = {"+": "\\boxed{correct}", "-": "\\boxed{incorrect}"}
    assert labels(" ".join(boxes[sign] for sign in said), steps) == told


@given(st.text(), st.integers(1, 5))
def test_any_critique_can_be_read(text, steps):
    assert undecided(text).endswith("Is the solution correct?")
    assert labels(text, steps) is None or len(labels(text, steps) or ()) == steps


def test_another_prompt_has_another_version():
    digest = hashlib.sha256(PROMPT.encode()).hexdigest()[:8]
    assert (PROMPT_VERSION, digest) == (1, "2237ed26")


async def test_nothing_to_judge_costs_nothing():
    judge = scorer(Critical(RIGHT))
    assert ((await judge.judge(())).usage, judge.bound(())) == (Usage(), Usage())
