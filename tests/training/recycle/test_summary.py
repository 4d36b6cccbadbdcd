"""Many scores are told by how they are spread."""

from math import nan

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists

from engines.base import Usage
from training.recycle.rows import SAMPLE, sample_row
from training.recycle.scores import Losses, Scores
from training.recycle.summary import Spread, Summary, quantile

GOOD = Scores.of(Losses(1, 1.5, 2, 2.5), tokens=(3, 4), usage=Usage(10, calls=1))
NONE = Scores.of(
    Losses(nan, nan, 2, 1), tokens=(3, 1), missing=("response_of_one_token", None), cut=True
)


@given(lists(floats(0, 1e6), min_size=1), floats(0, 1))
def test_a_quantile_is_among_the_values_and_rises(values: list[float], q: float) -> None:
    ordered = sorted(values)
    found = quantile(ordered, q)
    assert ordered[0] <= found <= ordered[-1] or found == pytest.approx(ordered[-1])
    assert quantile(ordered, 0) == ordered[0]
    assert quantile(ordered, 1) == ordered[-1]


def test_a_quantile_between_two_values_is_in_proportion() -> None:
    assert [quantile([0, 1, 4], q) for q in (0.25, 0.5, 0.75)] == [0.5, 1, 2.5]


def test_nothing_is_not_spread() -> None:
    assert Spread.of([]) is None


def test_what_is_missing_is_counted_and_in_no_mean() -> None:
    summary = Summary()
    for place, scores in enumerate((GOOD, NONE, GOOD)):
        summary.add(sample_row(place, scores))
    told = summary.plain
    assert (told["samples"], told["both_below_one"], told["cut"]) == (3, 2, 1)
    assert told["missing"] == {"ifd": {"response_of_one_token": 1}, "r_ifd": {}}
    assert summary.ifd.tolist() == [GOOD.ifd] * 2
    assert (summary.usage, summary.response_tokens) == (Usage(20, calls=2), 9)


@pytest.mark.parametrize("scores", [GOOD, NONE])
def test_a_row_is_read_as_it_was_written(scores: Scores) -> None:
    row = sample_row(7, scores)
    assert SAMPLE.validate_json(SAMPLE.dump_json(row)) == row


def test_no_number_is_null_in_a_row() -> None:
    row = sample_row(0, NONE)
    assert (row["ifd"], row["losses"]["response"], row["r_ifd"]) == (None, None, NONE.r_ifd)
