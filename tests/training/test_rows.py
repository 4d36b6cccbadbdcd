"""Rows of tokens that a language model learns from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.tuning.rows import Row, Rows, parted


def row(length: int) -> Row:
    return Row(tuple(range(length)), tuple(place > 1 for place in range(length)))


QUESTIONS = st.lists(st.tuples(st.text("abc", max_size=2), st.builds(row, st.integers(0, 9))))


@pytest.mark.parametrize(
    ("ids", "targets"), [((1, 2), (False,)), ((1, 2), (True, True)), ((), (True,))]
)
def test_a_row_whose_targets_do_not_fit_is_refused(ids, targets):
    with pytest.raises(ValueError, match="row"):
        Row(ids, targets)


@given(QUESTIONS, st.integers(0, 9), st.floats(0, 0.5), st.integers())
def test_each_row_is_learnt_from_held_out_or_too_long(given_rows, longest, share, seed):
    rows = parted(given_rows, longest, share, seed)
    assert len(rows.trained) + len(rows.held_out) + rows.too_long == len(given_rows)
    fitting = [one for _, one in given_rows if len(one.ids) <= longest]
    assert rows.too_long == len(given_rows) - len(fitting)
    assert bool(rows.trained) == bool(fitting)


@given(QUESTIONS, st.floats(0, 0.5))
def test_rows_of_a_question_are_on_one_side(given_rows, share):
    rows = [(question, Row((1, hash(question)), (False, True))) for question, _ in given_rows]
    apart = parted(rows, 9, share, 0)
    assert not set(apart.trained) & set(apart.held_out)


def test_rows_are_told_apart_by_tokens_targets_and_side():
    one, other = Row((1, 2), (False, True)), Row((1, 2), (False, False))
    all_of_them = [Rows((one,)), Rows((other,)), Rows((), (one,)), Rows((one, one))]
    assert len({rows.sha256 for rows in all_of_them}) == 4
    assert Rows((one,)).sha256 == Rows((Row((1, 2), (False, True)),)).sha256
