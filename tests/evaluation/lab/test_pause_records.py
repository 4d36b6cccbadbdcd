import pytest

from evaluation.lab.pause.records import kept, line_of
from tests.evaluation.lab.pause_world import PLAN
from training.journal import journal
from training.writing import OutputRefused

MODEL = next(PLAN.tunings())
ANSWERS = {how: [True, False, True, True] for how in PLAN.conditions(MODEL)}


def test_what_a_model_got_right_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "answers.jsonl"
    with journal(path, PLAN.settings) as book:
        book.add(line_of(MODEL, ANSWERS))
    with journal(path, PLAN.settings) as book:
        assert kept(book) == {MODEL: ANSWERS}


def test_a_line_that_is_none_of_a_runs_is_refused(tmp_path):
    path = tmp_path / "answers.jsonl"
    with journal(path, PLAN.settings) as book:
        book.add(b'{"seed": 0}')
    with journal(path, PLAN.settings) as book, pytest.raises(OutputRefused, match="line 2"):
        kept(book)
