from itertools import product
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.recycle.world import Plain as Scores
from training.recycle.selection import Choice, known, select, top

ORIG = Scores(0.7, 0.8)
HARDER, EQUAL, EASIER = Scores(0.8, 0.8), Scores(0.7, 0.8), Scores(0.6, 0.8)
BETTER = Scores(0.9, 0.7)

numbers = st.sampled_from([0.0, 0.5, 0.7, 0.8, 0.99, 1.0, 1.2, inf, nan])
scores = st.builds(Scores, numbers, numbers)
maybe = st.none() | scores


@pytest.mark.parametrize(
    ("ins", "res", "branch", "dropped"),
    [
        (HARDER, Scores(0.9, 0.79), "instruction", None),
        (HARDER, Scores(0.9, 0.8), "instruction", "not improved"),
        (HARDER, Scores(0.9, 0.81), "instruction", "not improved"),
        (HARDER, Scores(1.0, 0.7), "instruction", "ifd"),
        (HARDER, Scores(0.99, 0.7), "instruction", None),
        (HARDER, None, "instruction", "not improved"),
        (EQUAL, BETTER, "original", None),
        (EQUAL, EQUAL, "original", "not improved"),
        (EASIER, BETTER, "original", None),
        (EASIER, Scores(0.9, 0.8), "original", "not improved"),
        (EASIER, Scores(1.2, 0.7), "original", "ifd"),
        (None, BETTER, "original", None),
        (None, None, "original", "not improved"),
        (Scores(nan, 0.8), BETTER, "original", "unscored"),
        (Scores(0.8, nan), BETTER, "instruction", "unscored"),
        (HARDER, Scores(nan, 0.7), "instruction", "unscored"),
        (HARDER, Scores(0.9, nan), "instruction", "unscored"),
    ],
)
def test_a_version_is_chosen_as_the_paper_chooses(ins, res, branch, dropped):
    assert select(ORIG, ins, res) == Choice(branch, dropped)


@pytest.mark.parametrize(("r_ifd", "dropped"), [(0.99, None), (1.0, "r_ifd"), (1.1, "r_ifd")])
def test_an_instruction_that_the_response_does_not_tell_is_dropped(r_ifd, dropped):
    orig = Scores(0.7, 1.2)
    assert select(orig, None, Scores(0.9, r_ifd)) == Choice("original", dropped)


@pytest.mark.parametrize("unknown", [Scores(nan, 0.8), Scores(0.7, nan), Scores(nan, nan)])
def test_an_original_that_cannot_be_scored_is_dropped(unknown):
    assert select(unknown, HARDER, BETTER).dropped == "unscored"


def of_the_paper(orig, ins, res):
    """Say what the published program keeps: the pair with `res`, or nothing."""
    if ins.ifd > orig.ifd:
        return res.r_ifd < ins.r_ifd and res.r_ifd < 1 and res.ifd < 1
    return res.r_ifd < orig.r_ifd and res.r_ifd < 1 and res.ifd < 1


def test_all_combinations_of_scores_come_to_what_the_paper_keeps():
    grid = [Scores(*pair) for pair in product((0.5, 0.7, 0.9, 1.0, 1.2), repeat=2)]
    for orig, ins, res in product(grid, repeat=3):
        choice = select(orig, ins, res)
        assert choice.kept == of_the_paper(orig, ins, res)
        assert (choice.branch == "instruction") == (ins.ifd > orig.ifd)


@given(scores, maybe, maybe)
def test_what_is_kept_is_improved_and_below_one_and_wholly_known(orig, ins, res):
    choice = select(orig, ins, res)
    picked = ins if choice.branch == "instruction" else orig
    if choice.kept:
        assert res.r_ifd < picked.r_ifd
        assert max(res.ifd, res.r_ifd) < 1
        assert all(known(one) for one in (orig, ins, res) if one)


@given(scores, maybe, maybe)
def test_a_score_that_is_not_known_drops_the_pair(orig, ins, res):
    every = all(known(one) for one in (orig, ins, res) if one is not None)
    assert (select(orig, ins, res).dropped == "unscored") == (not every)


@given(scores, maybe)
def test_without_a_better_response_nothing_is_kept(orig, ins):
    assert not select(orig, ins, None).kept


@given(scores, scores)
def test_a_version_that_is_no_other_is_not_picked(orig, res):
    assert select(orig, orig, res).branch == "original"
    assert not select(orig, res, orig if not res.ifd > orig.ifd else res).kept


@pytest.mark.parametrize(
    ("n", "percent", "kept"),
    [(46_325, 2, 926), (46_325, 5, 2316), (46_325, 10, 4632), (46_325, 30, 13_897),
     (46_325, 1, 463), (3, 2, 1), (1, 100, 1), (0, 50, 0), (1000, 0.7, 7), (100, 29, 29)],
)  # fmt: skip
def test_so_many_of_the_hardest_are_kept_as_the_paper_has(n, percent, kept):
    assert len(top([0.5] * n, percent)) == kept


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.1, 100))
def test_none_that_is_left_out_is_harder_than_one_that_is_kept(ifds, percent):
    kept = top(ifds, percent)
    out = [ifd for place, ifd in enumerate(ifds) if place not in kept]
    assert kept == sorted(set(kept))
    assert all(ifd <= min(ifds[place] for place in kept) for ifd in out)
