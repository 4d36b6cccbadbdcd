"""Pauses in a policy: what they gain chooses their number, and ties go to fewer."""

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.outcomes import Outcomes
from evaluation.policy_fit import About, choose, crossed, fit
from evaluation.policy_pauses import pausing, rows, said
from search.strategies import Majority, OneSample

ARMS = (OneSample(n=1), Majority(n=4))
NUMBERS = (0, 2, 10)
ABOUT = About("m", "score", samples=2, command="fit", date=date(2026, 1, 2), bins=2, pauses=NUMBERS)
EASY = np.array([0.6, 0.8, 0.9, 0.95, 0.6, 0.8])
HARD = np.array([0.1, 0.2, 0.1, 0.2, 0.7, 0.9])
"""Of one sample and of four, behind none, two and ten."""


def outcomes(accuracy: np.ndarray | None = None, each: int = 20) -> Outcomes:
    """Half the questions are best behind two pauses, the other half behind ten."""
    means = np.repeat([EASY, HARD], each, axis=0)
    noise = np.random.default_rng(1).normal(0, 0.03, means.shape)
    tokens = np.tile([10.0, 40, 10, 40, 10, 40], (2 * each, 1))
    return Outcomes(
        questions=[f"Question {i}?" for i in range(2 * each)],
        ease=np.repeat([0.8, 0.3], each) + np.linspace(0, 0.1, 2 * each),
        strategies=ARMS * 3,
        accuracy=np.clip(means + noise, 0, 1) if accuracy is None else accuracy,
        tokens=tokens,
        budgets=(10, 40),
        baseline=(0, 1),
        probe_tokens=np.zeros_like(tokens) + np.array([0, 0, 20, 20, 20, 20]),
        pauses=[m for m in NUMBERS for _ in ARMS],
        plain_flops=np.tile([30.0, 32, 40], (2 * each, 1)),
    )


def test_each_bin_has_its_own_number() -> None:
    policy = fit(outcomes(), ABOUT).policy
    chosen = {n: [policy.choose(n, budget).pauses for budget in (10, 40)] for n in (1, 2)}
    assert chosen == {1: [2, 2], 2: [10, 10]}
    assert (policy.version, policy.pauses) == (2, NUMBERS)


def test_what_begins_anew_behind_them_pays_for_the_probe() -> None:
    accuracy, tokens = crossed(outcomes(), 2, seed=0)
    assert tokens[:, 0].tolist() == [30] * 40
    assert accuracy[:20, 0].mean() > 0.85
    assert accuracy[20:, 0].mean() > 0.65


@settings(max_examples=30, deadline=None)
@given(right=arrays(float, (40, 2), elements=st.floats(0, 1)))
def test_where_all_numbers_come_to_the_same_the_fewest_are_chosen(right: np.ndarray) -> None:
    found = choose(outcomes(np.tile(right, 3)), list(range(40)), seed=0)
    assert all(taken < len(ARMS) and best is not None and best < len(ARMS)
               for taken, best, _ in found)  # fmt: skip


def test_more_pauses_that_gain_no_more_than_noise_are_not_taken() -> None:
    chance = np.random.default_rng(3)
    right = np.clip(np.full((40, 6), 0.5) + chance.normal(0, 0.2, (40, 6)), 0, 1)
    right[:, 4:] += 0.01
    policy = fit(outcomes(np.clip(right, 0, 1)), ABOUT).policy
    assert {policy.choose(number, 40).pauses for number in policy.bins} == {0}


def test_the_table_says_what_each_comes_to_and_takes() -> None:
    found = pausing(outcomes(), fit(outcomes(), ABOUT).policy, seed=0)
    assert [(one.bin, one.questions, one.chosen) for one in found[:2]] == [(1, 20, 2), (2, 20, 10)]
    assert [each.pauses for each in found[2].measured] == list(NUMBERS)
    assert [each.flops for each in found[2].measured] == [30, 32, 40]
    assert [each.gain is None for each in found[0].measured] == [True, False, False]
    assert said(found).startswith("Chosen are 2 in bin 1, 10 in bin 2; of all questions")
    assert [row[0] for row in rows(found)] == ["1"] * 3 + ["2"] * 3 + ["all"] * 3


def test_flops_that_are_not_known_are_said_to_be_unknown() -> None:
    unknown = replace(outcomes(), plain_flops=None)
    assert {row[5] for row in rows(pausing(unknown, fit(unknown, ABOUT).policy, 0))} == {"unknown"}


def test_without_pauses_there_is_no_table() -> None:
    bare = replace(outcomes(), pauses=())
    assert pausing(bare, fit(outcomes(), ABOUT).policy, 0) == ()
