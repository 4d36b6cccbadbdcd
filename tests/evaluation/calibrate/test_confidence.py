"""How sure an answer at hand is, learned from pools."""

from random import Random

import pytest

from evaluation.calibrate.confidence import confidence
from evaluation.calibrate.ease import Probe
from evaluation.calibrate.pool import Pooled
from search.policy import Knot
from tests.evaluation.calibrate.world import pooled

CHANCE = Random(0)


def honest(n: int, name: str) -> Pooled:
    """A pool whose solutions are right as often as their scores say."""
    scores = [CHANCE.random() for _ in range(n)]
    return pooled(scores, [CHANCE.random() < score for score in scores], id_=name)


def sure(knots: tuple[Knot, ...], held: float) -> float:
    near = min(knots, key=lambda knot: abs(knot.held - held))
    return near.accuracy


def test_scores_that_are_chances_are_taken_at_their_word() -> None:
    knots = confidence([honest(64, str(i)) for i in range(60)], Probe("score", 1))
    assert sure(knots, 0.9) == pytest.approx(0.9, abs=0.08)
    assert sure(knots, 0.3) == pytest.approx(0.3, abs=0.12)


def test_knots_rise_even_where_scores_mislead() -> None:
    misled = [pooled([0.9, 0.1] * 8, [False, True] * 8, id_=str(i)) for i in range(8)]
    knots = confidence(misled, Probe("score", 1))
    held = [knot.held for knot in knots]
    accuracy = [knot.accuracy for knot in knots]
    assert held == sorted(set(held))
    assert accuracy == sorted(accuracy)


def test_agreement_is_held_by_the_share_of_the_votes() -> None:
    agreed = [pooled([0.5] * 16, [True] * 16, [0] * 16, id_=str(i)) for i in range(8)]
    assert confidence(agreed, Probe("agreement", 4)) == (Knot(held=1, accuracy=1),)


def test_too_few_answers_say_nothing() -> None:
    assert confidence([honest(4, "q")], Probe("score", 1)) == ()


@pytest.mark.parametrize("estimator", ["first_token", "prompt", "oracle"])
def test_what_holds_no_answer_has_no_confidence(estimator: str) -> None:
    pools = [honest(64, str(i)) for i in range(4)]
    assert confidence(pools, Probe(estimator, 1)) == ()  # type: ignore[arg-type]
