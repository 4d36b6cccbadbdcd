"""The scorer that runs tests."""

import pytest

from engines.base import Prompt
from engines.conversation import Conversation, Message
from scorers.base import Abstention, Candidate, ScorerUnavailable, Verdict
from scorers.breaker import Breaker, BreakerConfig, Guarded
from scorers.build import open_scorer
from scorers.calibrated import Calibrated
from scorers.calibration import Calibration, Platt
from scorers.ensemble import Ensemble
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import NOWHERE
from scorers.programs.telling import examiner_of
from scorers.programs.tests import CallTest
from scorers.programs.unit_tests import UnitTests, UnitTestsConfig
from scorers.vote import Vote
from tests.scorers.candidates import LastWord, candidate, prompt
from tests.scorers.programs.test_running import Counting

SHOWN = prompt("Write f.\n\nassert f(1) == 2\nassert f(2) == 3\n")
RIGHT = "```python\ndef f(x):\n    return x + 1\n```"
HALF = "```python\ndef f(x):\n    return 2\n```"
LIMITS = TestLimits(case_seconds=5.0)
TOLD = (CallTest(function="f", arguments=(5,), returns=6),)


def scorer(sandbox, **how) -> UnitTests:
    return UnitTests("it", sandbox, LIMITS, **how)


def solution(text: str) -> Candidate:
    return candidate(text, asked=SHOWN)


async def test_the_score_is_the_share_of_the_prompts_tests_that_pass(sandbox) -> None:
    judged = await scorer(sandbox).judge((solution(RIGHT), solution(HALF)))
    assert [o.score for o in judged.opinions] == [1.0, 0.5]
    right, half = (o.report for o in judged.opinions)
    assert (right.passed, right.total, right.source, right.failure) == (2, 2, "prompt", None)
    assert (half.failure.index, half.failure.test) == (1, "f(2)")
    assert half.failure.reason == "expected 3, received 2"


async def test_all_or_nothing_is_what_it_says(sandbox) -> None:
    judged = await scorer(sandbox, all_or_nothing=True).judge((solution(RIGHT), solution(HALF)))
    assert [o.score for o in judged.opinions] == [1.0, 0.0]


async def test_the_tests_of_a_request_are_run_in_place_of_the_prompts(sandbox) -> None:
    told = scorer(sandbox).told_tests(TOLD)
    (opinion,) = (await told.judge((solution(RIGHT),))).opinions
    assert (opinion.report.total, opinion.report.source) == (1, "request")


async def test_equal_programs_are_run_once(sandbox) -> None:
    counting = Counting(sandbox)
    await scorer(counting).judge((solution(RIGHT), solution(f"So:\n{RIGHT}"), solution(RIGHT)))
    assert len(counting.asked) == 1


async def test_an_answer_without_a_program_passes_nothing(sandbox) -> None:
    (opinion,) = (await scorer(sandbox).judge((solution("I cannot."),))).opinions
    assert opinion.score == 0
    assert opinion.report.failure.reason == "the answer has no program"


async def test_without_tests_it_abstains_and_says_so() -> None:
    (opinion,) = (await scorer(NOWHERE).judge((candidate(RIGHT),))).opinions
    assert isinstance(opinion, Abstention)
    assert opinion.reason.startswith("there are no tests")


async def test_only_what_was_asked_last_counts(sandbox) -> None:
    turns = (*SHOWN.conversation.messages, Message("assistant", RIGHT), Message("user", "Thanks"))
    asked = Prompt(Conversation(turns))
    (opinion,) = (await scorer(sandbox).judge((candidate(RIGHT, asked=asked),))).opinions
    assert isinstance(opinion, Abstention)


async def test_a_sandbox_that_is_not_there_is_a_scorer_that_fails() -> None:
    with pytest.raises(ScorerUnavailable):
        await scorer(NOWHERE).judge((solution(RIGHT),))


async def test_behind_a_breaker_it_can_still_be_told_tests(sandbox) -> None:
    guarded = Guarded(scorer(sandbox), Breaker(BreakerConfig()))
    told = examiner_of(guarded).told_tests(TOLD)
    (opinion,) = (await told.judge((solution(RIGHT),))).opinions
    assert isinstance(opinion, Verdict)
    assert opinion.report.source == "request"
    assert examiner_of(Guarded(Vote("vote", LastWord(), None), Breaker(BreakerConfig()))) is None


async def test_scorers_that_ask_it_hand_tests_on_and_keep_its_report(sandbox) -> None:
    curve = Calibration(curve=Platt(slope=2, intercept=-1), level="solution")
    inner = Ensemble("both", [scorer(sandbox), Vote("vote", LastWord(), None)], "mean", 1.0)
    told = examiner_of(Calibrated("it", inner, curve)).told_tests(TOLD)
    (opinion,) = (await told.judge((solution(f"{RIGHT}\nAnswer: 1"),))).opinions
    assert (opinion.report.source, opinion.report.passed) == ("request", 1)
    assert examiner_of(Ensemble("it", [Vote("vote", LastWord(), None)], "mean", 1.0)) is None


async def test_it_is_opened_with_the_services_sandbox(sandbox) -> None:
    config = UnitTestsConfig(all_or_nothing=True)
    async with open_scorer("it", config, None, LastWord(), sandbox=sandbox) as opened:
        (opinion,) = (await opened.judge((solution(HALF),))).opinions
    assert opinion.score == 0
