"""Weights of particles, and drawing from them."""

from collections.abc import Sequence
from math import isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt, Step
from scorers.base import Abstention, Scored, Verdict
from search.resample import (
    annealed,
    effective_size,
    heaviest,
    log_weight,
    logit,
    multinomial,
    repeated,
    softmax,
    systematic,
)
from tests.search.world import ASKED

PROMPT = Prompt(ASKED, (1,))
UNEVEN = [0.97, 0.01, 0.01, 0.01]
below_one = st.floats(0, 1, exclude_max=True)
weights = st.lists(st.floats(-17, 17), min_size=1, max_size=12)


def particle(rewards: Sequence[float] | None, *, finished: bool = True) -> Scored:
    opinion = Abstention("silent") if rewards is None else Verdict(0.5, tuple(rewards))
    steps = tuple(Step("x", 1) for _ in rewards or "x")
    return Scored(PROMPT, steps, "eos" if finished else None, opinion=opinion, scorer="s")


def test_rewards_are_probabilities_whose_odds_are_compared() -> None:
    assert softmax([logit(0.9), logit(0.5)], 1.0) == pytest.approx([0.9, 0.1])


@given(st.floats(0, 1), st.integers(1, 9), st.floats(0.01, 100))
def test_equal_rewards_are_equally_likely(reward: float, n: int, temperature: float) -> None:
    assert softmax([logit(reward)] * n, temperature) == pytest.approx([1 / n] * n)


@pytest.mark.parametrize("reward", [0.0, 1.0])
def test_a_certain_reward_has_a_finite_weight(reward: float) -> None:
    assert isfinite(logit(reward))


def test_a_particle_weighs_as_its_last_step_does() -> None:
    assert log_weight(particle([0.1, 0.2, 0.9])) == logit(0.9)


def test_a_particle_that_is_abstained_on_weighs_least() -> None:
    assert log_weight(particle(None)) == logit(0.0)


def test_the_heaviest_is_a_finished_particle_and_the_first_of_equals() -> None:
    first, light, open_ = particle([0.1, 0.7]), particle([0.9, 0.6]), particle([1], finished=False)
    assert heaviest([open_, light, first, particle([0.7])]) is first


@given(weights, st.floats(0.01, 100))
def test_a_softmax_adds_up_and_keeps_the_order(log_weights: list[float], hot: float) -> None:
    found = softmax(log_weights, hot)
    assert isclose(sum(found), 1)
    assert found.index(max(found)) in [
        i for i, w in enumerate(log_weights) if w > max(log_weights) - 1e-9
    ]


@given(weights, st.lists(below_one, max_size=20))
def test_as_many_are_drawn_as_there_are_random_numbers(log_weights, uniforms) -> None:
    counts = multinomial(softmax(log_weights, 1.0), uniforms)
    assert len(counts) == len(log_weights)
    assert sum(counts) == len(uniforms)


def test_a_random_number_draws_the_particle_it_falls_on() -> None:
    assert multinomial([0.5, 0.0, 0.25, 0.25], [0.0, 0.49, 0.5, 0.74, 0.75, 0.999]) == [2, 0, 2, 2]


@given(below_one)
def test_draws_at_even_distances_leave_no_room_for_chance(offset: float) -> None:
    assert systematic([0.5, 0.25, 0.25], 4, offset) == [2, 1, 1]


@given(weights, st.integers(0, 20), below_one)
def test_draws_at_even_distances_are_as_many_as_expected(log_weights, k, offset) -> None:
    chances = softmax(log_weights, 1.0)
    counts = systematic(chances, k, offset)
    assert sum(counts) == k
    assert all(abs(count - k * p) < 1 + 1e-9 for count, p in zip(counts, chances, strict=True))


def test_the_effective_size_of_uneven_particles() -> None:
    assert effective_size(UNEVEN) == pytest.approx(1.06247, abs=1e-4)
    assert effective_size(UNEVEN) / 4 == pytest.approx(0.26562, abs=1e-4)


@pytest.mark.parametrize(
    ("chances", "progress", "temperature"),
    [
        (UNEVEN, 0.25, 2.8236),
        (UNEVEN, 0.5, 1.0),
        (UNEVEN, 0.9, 1.0),
        ([0.5, 0.5, 0.0, 0.0], 0.25, 1.0),
        ([0.25] * 4, 0.25, 1.0),
        ([1.0], 0.25, 1.0),
    ],
)
def test_particles_are_redrawn_hotter_early_and_when_few_have_all(
    chances, progress, temperature
) -> None:
    assert annealed(chances, progress) == pytest.approx(temperature, abs=1e-4)


@given(weights, st.floats(0, 1))
def test_annealing_never_cools(log_weights: list[float], progress: float) -> None:
    chances = softmax(log_weights, 1.0)
    assert 1.0 <= annealed(chances, progress) <= len(chances) + 1e-9
    assert 1 - 1e-9 <= effective_size(chances) <= len(chances) + 1e-9


def test_particles_are_repeated_in_order() -> None:
    first, second, third = particle([0.1]), particle([0.2]), particle([0.3])
    assert repeated([first, second, third], [2, 0, 1]) == [first, first, third]
