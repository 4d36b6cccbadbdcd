from dataclasses import replace
from math import exp, log

import numpy as np
import pytest

from engines.usage import Usage
from evaluation.calibrate.ease import Probe, oracle_ease
from evaluation.calibrate.errors import NotPooled
from evaluation.calibrate.outcomes import beyond
from tests.evaluation.calibrate.world import pooled

POOL = pooled([0.8, 0.4, None, 0.1], [True, False, True, True], [0, 1, 0, 0])


@pytest.mark.parametrize(
    ("probe", "ease"),
    [
        (Probe("score", 2), 0.6),
        (Probe("score", 3), 0.6),
        (Probe("agreement", 2), 0),
        (Probe("agreement", 4), 1 - (0.75 * log(4 / 3) + 0.25 * log(4)) / log(4)),
        (Probe("first_token", 3), exp(-0.5)),
        (Probe("oracle", 1), 0.75),
    ],
)
def test_ease_is_of_the_first_of_a_pool(probe: Probe, ease: float) -> None:
    assert probe.ease(POOL) == pytest.approx(ease)


def test_the_oracle_knows_the_whole_pool() -> None:
    assert oracle_ease(POOL) == 0.75


def test_a_probe_costs_its_samples_and_where_they_are_judged_that_too() -> None:
    written = replace(POOL, verifier=Usage(completion_tokens=40))
    assert Probe("score", 2).tokens(written) == 1 + 2 + 2 * 10
    assert Probe("agreement", 3).tokens(written) == 1 + 2 + 3
    assert Probe("oracle", 3).tokens(written) == 0


def test_samples_that_nobody_judged_tell_nothing() -> None:
    with pytest.raises(NotPooled, match="judged none of the 2 samples"):
        Probe("score", 2).ease(pooled([None, None, 0.5], [True] * 3))


def test_samples_without_probabilities_tell_nothing() -> None:
    bare = tuple(replace(one, first=None) for one in POOL.solutions)
    with pytest.raises(NotPooled, match="not known"):
        Probe("first_token", 2).ease(replace(POOL, solutions=bare))


def test_a_probe_is_used_up_by_what_draws_whole_solutions() -> None:
    tokens = np.array([[10.0, 30, 70, 50]])
    assert beyond(np.array([40.0]), tokens, fresh=1).tolist() == [[30, 10, 0, 40]]
    assert beyond(np.array([40.0]), tokens, fresh=0).tolist() == [[30, 10, 0, 0]]
