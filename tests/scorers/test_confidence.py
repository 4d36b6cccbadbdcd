from math import exp, inf, log, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Step
from scorers.base import Abstention, Candidate, Verdict
from scorers.confidence import Confidence
from tests.scorers.candidates import candidate, prompt

MEASURES = ("mean_logprob", "self_certainty")
tokens = st.lists(st.floats(-30, 0), min_size=1, max_size=20)


async def judged(steps: list[list[float]], measure: str = "mean_logprob") -> Verdict:
    """The verdict on steps with these log-probabilities, which are minus their certainties."""
    made = (Step("x", len(s), None, tuple(s), tuple(-p for p in s)) for s in steps)
    scorer = Confidence("it", measure, 5)
    (opinion,) = (await scorer.judge((Candidate(prompt(), tuple(made), "eos"),))).opinions
    assert isinstance(opinion, Verdict)
    return opinion


async def test_mean_logprob_is_the_geometric_mean_of_the_probabilities():
    verdict = await judged([[log(0.5), log(0.5)], [log(0.25), log(1)]])
    assert verdict.rewards == pytest.approx((0.5, 0.5))
    verdict = await judged([[log(0.9), log(0.4)], [log(0.6)]])
    assert verdict.score == pytest.approx((0.9 * 0.4 * 0.6) ** (1 / 3))


async def test_self_certainty_grows_with_the_mean_certainty():
    verdict = await judged([[-1.0, -3.0], [-2.0]], "self_certainty")
    assert verdict.score == pytest.approx(1 - exp(-2))
    assert verdict.rewards == pytest.approx((1 - exp(-2), 1 - exp(-2)))


async def test_long_steps_weigh_more_than_short_ones():
    verdict = await judged([[log(0.5)] * 3, [log(1)]])
    assert verdict.score == pytest.approx(0.5 ** (3 / 4))


@pytest.mark.parametrize("measure", MEASURES)
@given(steps=st.lists(tokens, min_size=1, max_size=5))
async def test_a_score_lies_between_the_rewards_of_its_steps(measure, steps):
    verdict = await judged(steps, measure)
    assert min(verdict.rewards) - 1e-9 <= verdict.score <= max(verdict.rewards) + 1e-9


@given(numbers=tokens)
async def test_the_mean_is_the_root_of_the_product(numbers):
    verdict = await judged([numbers])
    product = prod(map(exp, numbers))
    assert verdict.score ** len(numbers) == pytest.approx(product, rel=1e-6, abs=1e-300)


@pytest.mark.parametrize("measure", MEASURES)
async def test_an_impossible_token_or_a_rounded_one_is_still_a_score(measure):
    verdict = await judged([[-inf], [1e-7]], measure)
    assert set(verdict.rewards) == {0.0, 1.0}


@pytest.mark.parametrize("measure", MEASURES)
async def test_one_step_without_log_probabilities_is_an_abstention(measure):
    known, unknown = candidate("a b\n", "c"), candidate("a b\n", "c", logprob=None)
    mixed = Candidate(prompt(), (*known.steps, *unknown.steps), "eos")
    opinions = (await Confidence("it", measure, 5).judge((known, mixed))).opinions
    assert isinstance(opinions[0], Verdict)
    assert opinions[1] == Abstention("a step has no log-probabilities")


async def test_a_step_without_tokens_changes_nothing():
    verdict = await judged([[log(0.5)], [], [log(0.5)]])
    assert verdict.score == pytest.approx(0.5)
    assert verdict.rewards == pytest.approx((0.5, 0.5, 0.5))


def test_it_asks_for_the_alternatives_it_needs():
    assert Confidence("it", "mean_logprob", 7).alternatives == 1
    assert Confidence("it", "self_certainty", 7).alternatives == 7
