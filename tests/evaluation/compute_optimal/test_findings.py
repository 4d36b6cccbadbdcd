import json

import pytest

from evaluation.compute_optimal.checks import cells, falls
from evaluation.compute_optimal.curves import curves, ratios, revised
from evaluation.compute_optimal.found import findings
from evaluation.compute_optimal.grid import within
from evaluation.compute_optimal.picture import draw
from evaluation.compute_optimal.strategies import ratios as chains
from evaluation.compute_optimal.words import lines
from search.policy.choice import PLAIN
from search.strategies import BeamSearch
from tests.evaluation.calibrate.world import pooled
from tests.evaluation.compute_optimal.world import grid

TAKEN = [BeamSearch(n=16, width=4), *[PLAIN] * 6, None]


def test_half_the_tokens_for_the_accuracy_of_best_of_n_are_a_ratio_of_two() -> None:
    found = ratios(grid())
    assert found["compute_ratio"] == found["compute_ratio_once"]
    assert found["compute_ratio_once"].value == pytest.approx(2)
    assert found["compute_ratio_once_to_weighted"].value == pytest.approx(2)


def test_a_policy_that_knows_the_bins_reaches_best_of_n_with_what_is_best_in_each() -> None:
    found = curves(grid())
    assert [point.tokens for point in found["optimal_oracle"]] == [10, 40]
    assert found["optimal_oracle"][1].accuracy.value == pytest.approx((0.95 + 0.4) / 2)
    assert found["best_of_n"][1].accuracy.value == pytest.approx(0.6)
    assert ratios(grid())["compute_ratio_oracle"].value > 1


def test_what_is_not_reached_has_no_ratio() -> None:
    right, tokens = grid().auto["once"]
    found = ratios(grid(auto={"once": (right * 0, tokens), "sequential": (right, tokens)}))
    assert found["compute_ratio_once"] is None
    assert found["compute_ratio_sequential"].value == pytest.approx(2)


def test_auto_that_is_worse_on_hard_problems_loses_there_and_in_no_other_mode() -> None:
    lost = [cell for cell in cells(grid()) if cell.lost]
    assert {cell.mode for cell in lost} == {"sequential"}
    assert {(cell.difficulty, cell.bin, cell.size) for cell in lost if cell.bin} == {
        ("predicted", 2, 1), ("oracle", 2, 1)}  # fmt: skip
    assert {cell.difference.value for cell in lost if cell.bin} == {-0.1}


def test_auto_is_held_against_best_of_n_for_no_more_tokens_than_it_had() -> None:
    easy = [cell for cell in cells(grid()) if (cell.difficulty, cell.bin) == ("predicted", 1)]
    against = {size: {cell.against for cell in easy if cell.size == size} for size in (1, 4)}
    assert against == {1: {"one plain sample"}, 4: {"one plain sample", "best-of-4"}}
    assert {cell.problems for cell in easy} == {4}


def test_beams_that_fall_with_their_number_are_told_with_what_the_policy_takes() -> None:
    found = {(fall.difficulty, fall.bin): fall for fall in falls(grid(), TAKEN)}
    easy, hard = found["predicted", 1], found["predicted", 2]
    assert (easy.best_n, easy.largest_n, easy.change.value) == (4, 16, -0.2)
    assert (easy.falls, easy.chosen) == (True, 0.25)
    assert (hard.best_n, hard.falls, hard.chosen) == (16, False, 0)


def test_a_plain_sample_is_right_within_a_budget_only_if_it_comes_to_its_end() -> None:
    pool = pooled([0.5] * 4, [True, False, True, True])
    assert [within(pool, budget) for budget in (1, 3, 9)] == [0.25, 0.5, 0.75]


def test_revisions_that_were_not_made_are_not_told() -> None:
    assert revised(grid().outcomes, chains(), 0) == ()


def test_what_was_found_is_json_with_its_figures_in_front() -> None:
    told = findings(grid(), TAKEN).plain
    assert json.loads(json.dumps(told)) == told
    assert told["figures"]["compute_ratio"]["value"] == pytest.approx(2)
    assert (told["never_loses"], len(told["lost"])) == (False, 3)
    assert told["target"]["name"] == "best-of-4"
    easy = next(part for part in told["parts"] if part["bin"] == 1)
    assert easy["taken"] == {"one plain sample": 3, "beam_search n=16": 1}


def test_it_is_said_for_people_too() -> None:
    said = "\n".join(lines(findings(grid(), TAKEN)))
    assert "2.00 x less compute [2.00, 2.00]" in said
    assert "never loses: no, in its default mode\nworse in 3 of" in said
    assert "over-optimised: predicted bin 1: beam_search, from 4 to 16: -20.0 points" in said
    assert "1 x unknown" in said


def test_the_picture_is_the_same_every_time(tmp_path) -> None:
    for name in ("a.png", "b.png"):
        draw(findings(grid(), TAKEN), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
