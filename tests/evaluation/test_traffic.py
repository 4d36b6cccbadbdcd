"""A policy and traffic of which the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration import folds_of
from evaluation.policy_fit import fit
from evaluation.traffic import FEWEST, CannotRefine, Served, learn
from search.policy import Knot
from search.strategies import BeamSearch, BestOfN, OneSample
from tests.evaluation.test_policy_fit import ABOUT, outcomes

POLICY = fit(outcomes(noise=0.15), ABOUT).policy
EASY, HARD = 0.85, 0.35
"""Of ease. Of the easy bin one plain sample is chosen, and of the hard one beam search."""
RIGHT = [POLICY.choose(number, 100).accuracy.value for number in (1, 2)]
"""What the table has for these."""


def traffic(n: int, hard: float = RIGHT[1], seed: int = 0) -> list[Served]:
    """Half of the questions are hard, and beam search is right in this share of those."""
    chance = np.random.default_rng(seed)
    return [
        Served(f"hash {i}", EASY, 1, OneSample(n=1), 10, bool(chance.random() < RIGHT[0]))
        if i % 2
        else Served(f"hash {i}", HARD, 2, BeamSearch(n=4), 40, bool(chance.random() < hard))
        for i in range(n)
    ]


def learnt_from(served: list[Served]):
    return learn(POLICY, served, POLICY.fitted_on)


def cells(served: list[Served]) -> dict[int, float]:
    return {cell.bin: cell.after.accuracy.value for cell in learnt_from(served).cells}


def test_an_accuracy_that_has_shifted_is_learnt() -> None:
    learnt = learnt_from(traffic(800, hard=0.75))
    assert learnt.better
    assert all(half.low > 0 for half in learnt.halves)
    chosen = learnt.policy.choose(2, 1000)
    assert chosen.strategy == BeamSearch(n=4)
    assert 0.6 < chosen.accuracy.value < 0.76
    assert learnt.policy.choose(1, 1000).strategy == OneSample(n=1)


def test_a_table_that_is_right_is_kept() -> None:
    better = [learnt_from(traffic(400, seed=seed)).better for seed in range(20)]
    assert sum(better) <= 1


@pytest.mark.parametrize("which", [0, 1])
def test_a_poisoned_half_is_caught_even_if_the_clean_one_teaches_towards_it(which: int) -> None:
    clean = traffic(800, hard=0.5)
    poisoned = folds_of(sorted(one.conversation for one in clean), 2, 0)[which]
    served = [replace(one, right=one.right or one.conversation in poisoned) for one in clean]
    learnt = learnt_from(served)
    assert not learnt.better
    assert min(half.low for half in learnt.halves) <= 0 < max(half.low for half in learnt.halves)


def test_a_conversation_asked_again_counts_once() -> None:
    once = traffic(200)
    again = [one for one in once for _ in range(7)]
    assert learnt_from(again).conversations == 200
    assert cells(again) == pytest.approx(cells(once), abs=1e-4)
    assert [half.value for half in learnt_from(again).halves] == pytest.approx(
        [half.value for half in learnt_from(once).halves]
    )


def test_verdicts_that_differ_on_one_conversation_are_parts_of_one_count() -> None:
    served = traffic(80)
    told = [replace(served[0], right=right) for right in (True, True, True, False)]
    found = learnt_from([*served[1:], *told])
    [hard] = [cell for cell in found.cells if cell.bin == 2]
    others = sum(bool(one.right) for one in served[1:] if one.bin == 2)
    assert (hard.seen.n, hard.seen.right) == pytest.approx((40, others + 0.75))


def test_what_nothing_is_learnt_from_is_counted() -> None:
    served = traffic(100)
    untold = [replace(one, right=None) for one in served[:3]]
    foreign = [replace(served[0], strategy=BestOfN(n=5)), replace(served[0], strategy=None),
               replace(served[0], ease=None, bin=9)]  # fmt: skip
    learnt = learnt_from([*served, *untold, *foreign])
    assert learnt.conversations == 100
    assert learnt.left_out == {
        "without a verdict": 3,
        "by no strategy, or in no bin, of the table": 3,
    }


def test_a_request_is_in_the_bin_that_this_policy_has_for_its_ease() -> None:
    elsewhere = [replace(one, bin=7) for one in traffic(100)]
    assert cells(elsewhere) == cells(traffic(100))
    unknown = [replace(one, ease=None) for one in traffic(100)]
    assert cells(unknown) == cells(traffic(100))


def test_too_few_conversations_are_refused_however_often_they_were_asked() -> None:
    few = traffic(FEWEST - 1) * 3
    with pytest.raises(CannotRefine, match=r"39 conversations .* 40 are the least"):
        learnt_from(few)


def test_how_traffic_falls_into_the_bins_is_told_of_all_of_it() -> None:
    served = traffic(100)
    untold = [Served(f"more {i}", EASY, 1, OneSample(n=1), 10, None) for i in range(100)]
    drift = learnt_from([*served, *untold, *untold]).drift
    assert drift is not None
    assert drift.shares == (0.75, 0.25)
    assert drift.p < 1e-6


def test_the_refined_table_is_of_all_verdicts_and_keeps_what_it_does_not_speak_of() -> None:
    learnt = learnt_from(traffic(800, hard=0.75))
    assert sum(cell.seen.n for cell in learnt.cells) == 800
    assert (learnt.policy.edges, learnt.policy.estimator) == (POLICY.edges, POLICY.estimator)


def held(n: int, right: float, seed: int = 0) -> list[Served]:
    """Answers of several rounds, held at 0.9, of which this share is right."""
    chance = np.random.default_rng(seed)
    return [
        Served(f"held {i}", HARD, 2, None, None, bool(chance.random() < right), held=0.9)
        for i in range(n)
    ]


SURE = POLICY.model_copy(
    update={"confidence": (Knot(held=0.3, accuracy=0.2), Knot(held=0.9, accuracy=0.9))}
)


def test_scores_that_have_come_to_mean_less_are_learnt() -> None:
    learnt = learn(SURE, held(400, right=0.5), SURE.fitted_on)
    assert learnt.better
    assert learnt.held == 400
    assert 0.4 < learnt.policy.sure(0.9) < 0.7
    assert learnt.policy.sure(0.3) == 0.2


def test_scores_that_mean_what_they_did_change_nothing() -> None:
    better = [learn(SURE, held(400, 0.9, seed), SURE.fitted_on).better for seed in range(20)]
    assert sum(better) <= 1


def test_without_confidence_held_answers_teach_nothing() -> None:
    with pytest.raises(CannotRefine, match="0 conversations"):
        learnt_from(held(100, right=0.5))
