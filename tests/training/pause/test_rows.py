"""What a pause-trained model reads and learns; arXiv:2310.02226, sections 3 and 4."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pause.rows import appended, inserted, number_inserted, pretraining_targets

P = 0
REAL = st.lists(st.integers(1, 50), max_size=80)
PAUSED = st.lists(st.integers(0, 5), max_size=80)
A, B, C = 1, 2, 3


def test_what_follows_a_pause_is_learnt_and_a_pause_is_not() -> None:
    learnt = pretraining_targets([A, P, B, P, P, C], P)
    assert learnt == [False, False, True, False, False, True]


def test_a_tenth_of_2048_is_204_pauses_and_the_length_stays() -> None:
    row = inserted(range(1, 2049), P, random.Random(0))
    assert number_inserted(2048) == 204
    assert len(row) == 2048
    assert 150 < row.count(P) <= 204


@pytest.mark.parametrize(
    ("length", "share", "pauses"), [(100, 0.29, 29), (9, 0.1, 0), (30, 0.1, 3)]
)
def test_the_number_of_pauses_is_rounded_down_from_the_share_as_written(
    length: int, share: float, pauses: int
) -> None:
    assert number_inserted(length, share) == pauses


@given(REAL, st.integers(), st.floats(0, 2))
def test_a_paused_row_is_the_beginning_of_its_text_among_pauses(
    ids: list[int], seed: int, share: float
) -> None:
    row = inserted(ids, P, random.Random(seed), share)
    real = [token for token in row if token != P]
    assert len(row) == len(ids)
    assert real == ids[: len(real)]
    assert row.count(P) <= number_inserted(len(ids), share)


@given(REAL, st.integers())
def test_without_a_share_a_row_is_as_it_was(ids: list[int], seed: int) -> None:
    assert inserted(ids, P, random.Random(seed), 0) == ids


@given(REAL, st.integers())
def test_the_same_seed_puts_pauses_at_the_same_places(ids: list[int], seed: int) -> None:
    assert inserted(ids, P, random.Random(seed)) == inserted(ids, P, random.Random(seed))


def test_every_place_of_a_row_is_equally_likely_to_hold_a_pause() -> None:
    rng = random.Random(0)
    rows = [inserted([1] * 10, P, rng) for _ in range(11_000)]
    at = Counter(place for row in rows for place, token in enumerate(row) if token == P)
    # One pause among 11 places: 1,000 expected at each, of which the eleventh is trimmed; sd 30.
    assert set(at) == set(range(10))
    assert all(880 < count < 1120 for count in at.values())


@given(PAUSED)
def test_a_position_is_ignored_exactly_if_a_pause_comes_next(ids: list[int]) -> None:
    learnt = pretraining_targets(ids, P)
    assert len(learnt) == len(ids)
    assert not any(learnt[:1])
    assert [not flag for flag in learnt[1:]] == [following == P for following in ids[1:]]


def test_the_target_alone_is_learnt_and_its_first_from_the_last_pause() -> None:
    ids, learnt = appended([A, B], 3, [C, A], P)
    assert ids == [A, B, P, P, P, C, A]
    assert learnt == [False, False, False, False, False, True, True]


def test_a_pause_in_a_target_is_read_and_not_learnt() -> None:
    ids, learnt = appended([A], 1, [B, P, C], P)
    assert ids == [A, P, B, P, C]
    assert learnt == [False, False, True, False, True]


@given(REAL, st.integers(0, 50), REAL)
def test_a_row_is_what_is_served_and_then_the_target(
    prefix: list[int], pauses: int, target: list[int]
) -> None:
    ids, learnt = appended(prefix, pauses, target, P)
    assert ids == prefix + [P] * pauses + target
    assert len(learnt) == len(ids)
    assert not any(learnt[:1])
    assert [token for token, flag in zip(ids, learnt, strict=True) if flag] == (
        target if prefix or pauses else target[1:]
    )


@given(REAL, REAL)
def test_no_pauses_are_the_row_of_plain_fine_tuning(prefix: list[int], target: list[int]) -> None:
    assert appended(prefix, 0, target, P)[0] == prefix + target


def test_negative_numbers_of_pauses_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        inserted([A], P, random.Random(0), -0.1)
    with pytest.raises(ValueError, match="-1 pauses"):
        appended([A], -1, [B], P)
