import random
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.lab.pause.tasks import TASKS, corpus, direct, distance, held_out, lookup
from evaluation.lab.task import judge
from evaluation.lab.tokens import BOS, EOS, IDS, decode

SEEDS = st.integers(0, 10_000).map(random.Random)


@given(SEEDS)
def test_an_expression_is_answered_by_its_value(rng):
    question = direct(rng)
    assert question.answer == str(eval(question.text.removesuffix("=")))


@given(SEEDS)
def test_the_lines_of_an_expression_are_all_right(rng):
    question = direct(rng)
    verdicts = judge(question.text + "?", question.lines)
    assert verdicts == [True] * len(question.lines)
    assert question.lines[-1] == f"Answer: {question.answer}"


@given(SEEDS)
def test_a_lookup_is_answered_by_going_through_its_table(rng):
    question = lookup(rng)
    table, asked = question.text.removesuffix("=").split("\n")
    mapped, digit = dict(pair for pair in table.split(" ")), asked[-1]
    for _ in range(asked.count("*")):
        digit = mapped[digit]
    assert question.answer == question.lines[-1] == digit
    assert len(set(mapped.values())) == len(mapped)


@given(SEEDS)
def test_a_distance_adds_up_how_far_each_digit_is(rng):
    question = distance(rng)
    digits, place = question.text.removesuffix("=").split("?")
    away = [abs(int(digit) - int(place)) for digit in digits]
    assert question.answer == str(sum(away))
    assert question.lines == ("".join(map(str, away)), question.answer)


@pytest.mark.parametrize("task", TASKS)
def test_a_question_and_its_answer_are_written_in_tokens(task):
    question = TASKS[task](random.Random(0))
    assert question.prompt[0] == IDS[BOS]
    assert decode(question.prompt) == question.text
    assert decode(question.target) == question.answer
    assert question.target[-1] == IDS[EOS]


@pytest.mark.parametrize("task", TASKS)
def test_held_out_questions_are_all_different(task):
    questions = held_out(TASKS[task], random.Random(1), 200)
    assert len({question.text for question in questions}) == 200


def test_the_corpus_comes_in_rows_of_whole_documents_one_after_another():
    rows = corpus(random.Random(0), 50, ())
    ids = [token for _ in range(40) for token in next(rows)]
    assert ids[0] == IDS[BOS]
    ends = [place for place, token in enumerate(ids[:-1]) if token == IDS[EOS]]
    assert all(ids[place + 1] == IDS[BOS] for place in ends)
    assert "Answer: " in decode(ids)


def documents(rows):
    """The texts of 300 rows of a corpus, without the last, which may be only half of one."""
    ids = [token for _ in range(300) for token in next(rows)]
    starts = [place for place, token in enumerate(ids) if token == IDS[BOS]]
    return [decode(ids[start:end]) for start, end in pairwise(starts)]


def test_the_corpus_shows_no_question_that_is_held_out():
    avoid = {question.text for question in held_out(direct, random.Random(2), 1500)}
    shown = {text.split("?\n")[0] + "=" for text in documents(corpus(random.Random(3), 99, avoid))}
    assert not shown & avoid
    shown = {text.split("?\n")[0] + "=" for text in documents(corpus(random.Random(3), 99, ()))}
    assert shown & avoid


def test_the_corpus_answers_nothing_at_once_but_single_facts():
    said = [text for text in documents(corpus(random.Random(0), 99, ())) if "=" in text]
    assert said
    assert all(re.fullmatch(r"\d+[+-]\d=\d+", text) for text in said)
