import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.label.active import Ranked, select, wrong_of


def ranked(*wrong_scores: float, right: tuple[float, ...] = ()) -> list[Ranked]:
    return [
        Ranked(key=f"{'right' if is_right else 'wrong'} {score}", right=is_right, selector="s",
               score=score)
        for scores, is_right in ((wrong_scores, False), (right, True)) for score in scores
    ]  # fmt: skip


def keys(chosen: list[Ranked]) -> list[str]:
    return [one.key for one in chosen]


def test_of_ten_five_are_picked_four_wrong_ones_and_the_best_of_the_rest() -> None:
    pool = ranked(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, right=(0.15, 0.7, 0.8, 0.05))
    wrong = ["wrong 0.6", "wrong 0.5", "wrong 0.4", "wrong 0.3"]
    assert keys(select(pool, 5)) == [*wrong, "right 0.8"]
    assert keys(select(ranked(0.1, 0.2, 0.3, 0.4, 0.5, right=(0.05,)), 5))[-1] == "wrong 0.1"


def test_where_wrong_ones_are_few_the_best_of_the_rest_fill_up() -> None:
    pool = ranked(0.1, 0.9, right=(0.2, 0.3, 0.4, 0.5))
    assert keys(select(pool, 5)) == [
        "wrong 0.9", "wrong 0.1", "right 0.5", "right 0.4", "right 0.3",
    ]  # fmt: skip


@pytest.mark.parametrize(("n", "wrong"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (10, 8)])
def test_four_fifths_are_wrong_to_the_nearest_whole_number(n: int, wrong: int) -> None:
    assert wrong_of(n) == wrong


def test_what_the_selector_would_not_score_is_not_picked() -> None:
    silent = Ranked(key="x", right=False, selector="s", reason="too long")
    assert keys(select([silent, *ranked(0.1)], 5)) == ["wrong 0.1"]


pools = st.lists(
    st.builds(
        Ranked,
        key=st.text(max_size=3),
        right=st.booleans(),
        selector=st.just("s"),
        score=st.none() | st.sampled_from([0.0, 0.2, 0.5, 0.5000001, 1.0]),
    ),
    max_size=20,
    unique_by=lambda one: one.key,
)


@given(pools, st.integers(1, 12), st.integers(0, 3))
def test_what_is_picked_is_of_the_pool_once_and_as_many_as_there_can_be(
    pool: list[Ranked], n: int, seed: int
) -> None:
    chosen = select(pool, n, seed)
    scored = [one for one in pool if one.score is not None]
    wrong = [one for one in scored if not one.right]
    assert len(set(keys(chosen))) == len(chosen) == min(n, len(scored))
    assert all(one in scored for one in chosen)
    assert sum(not one.right for one in chosen) >= min(wrong_of(n), len(wrong))


@given(pools, st.integers(1, 12), st.integers(0, 3), st.randoms())
def test_the_order_of_the_pool_decides_nothing(pool, n, seed, random) -> None:
    shuffled = random.sample(pool, len(pool))
    assert select(shuffled, n, seed) == select(pool, n, seed)


@given(pools, st.integers(1, 12))
def test_nothing_that_is_left_convinces_more_than_what_was_picked(
    pool: list[Ranked], n: int
) -> None:
    chosen = select(pool, n)
    left = [one for one in pool if one.score is not None and one not in chosen]
    lowest = {right: min((one.score or 0 for one in chosen if one.right is right), default=2.0)
              for right in (True, False)}  # fmt: skip
    assert all((one.score or 0) <= lowest[one.right] for one in left)


def test_the_seed_decides_between_equally_convincing_ones() -> None:
    pool = [Ranked(key=str(i), right=False, selector="s", score=0.5) for i in range(50)]
    picks = {tuple(keys(select(pool, 5, seed))) for seed in range(5)}
    assert len(picks) == 5
    assert select(pool, 5, 1) == select(pool, 5, 1)
