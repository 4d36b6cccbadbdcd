import pytest

from tests.training.solutions import example, letters, sums
from training.tuning.errors import NothingToLearn
from training.verifier.config import TrainConfig
from training.verifier.data import read
from training.verifier.reading import Reader, family_of, scorer_of


def data(examples, longest=2048, **settings):
    config = TrainConfig(**settings)
    reader = Reader(family_of(scorer_of(config)).layout, letters)
    return read(config, examples, reader, longest, lambda _: None)


def test_no_question_is_on_both_sides():
    found = data(sums(10), validation=0.3)
    sides = [{s.example.question for s in side} for side in (found.trained, found.held_out)]
    assert list(map(len, sides)) == [7, 3]
    assert not sides[0] & sides[1]
    assert (found.counts.questions, found.counts.held_out_questions) == (7, 3)


def test_what_is_left_out_is_counted():
    given = [*sums(2), example(), example("x" * 200, ratings=(1,)), example(outcome=True)]
    counts = data(given, longest=100).counts
    assert (counts.examples, counts.unlabelled, counts.too_long) == (15, 2, 1)
    assert counts.trained + counts.held_out == 12


def test_examples_without_any_label_are_refused():
    with pytest.raises(NothingToLearn, match="of 2, 2 have no label for a PRM"):
        data([example(outcome=True)] * 2)
    with pytest.raises(NothingToLearn, match="18 more than 5 tokens"):
        data(sums(3), longest=5)
