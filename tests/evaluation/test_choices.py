import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.fake import FakeEngine
from evaluation.choices import LETTERS, letter
from evaluation.datasets import DatasetError, Question, load
from evaluation.shapes import Fields
from scorers.equality import MathGrader
from search.strategies import OneSample
from tests.evaluation.world import run
from tests.search.world import models

ASKED = "Capital?\n(A) Bonn\n(B) Paris"
CHOICES = {
    "MMLU": {"question": "Capital?", "choices": ["Bonn", "Paris"], "answer": 1},
    "a letter": {"question": "Capital?", "choices": ["Bonn", "Paris"], "answer": "B"},
    "a text": {"question": "Capital?", "options": ["Bonn", "Paris"], "answer": "Paris"},
    "ARC": {
        "question": "Capital?",
        "choices": {"text": ["Bonn", "Paris"], "label": ["1", "2"]},
        "answerKey": "2",
    },
    "ARC as first published": {
        "question": {
            "stem": "Capital?",
            "choices": [{"text": "Bonn", "label": "A"}, {"text": "Paris", "label": "B"}],
        },
        "answerKey": "B",
    },
    "AQuA": {"question": "Capital?", "options": ["A)Bonn", "B)Paris"], "correct": "B"},
    "MMLU-Pro": {
        "question": "Capital?",
        "options": ["Bonn", "Paris"],
        "answer": "B",
        "answer_index": 1,
    },
    "MedQA": {
        "question": "Capital?",
        "options": {"A": "Bonn", "B": "Paris"},
        "answer": "Paris",
        "answer_idx": "B",
    },
}
REFUSED = {
    "one option": ({"choices": ["Bonn"], "answer": 0}, "has 1 options"),
    "eleven options": ({"choices": list("abcdefghijk"), "answer": 0}, "has 11 options"),
    "an answer beyond": ({"choices": ["Bonn", "Paris"], "answer": 2}, "none of its options"),
    "an answer twice": ({"choices": ["Rome", "Rome"], "answer": "Rome"}, "none of its options"),
    "true": ({"choices": ["Bonn", "Paris"], "answer": True}, "none of its options"),
    "no answer": ({"choices": ["Bonn", "Paris"]}, "none of the fields answerKey"),
    "an empty option": ({"choices": ["Bonn", " "], "answer": 0}, "an empty option"),
    "an option of options": ({"choices": ["Bonn", []], "answer": 0}, "option that is not text"),
    "no list": ({"choices": "Bonn", "answer": 0}, "no list of options"),
    "labels missing": (
        {"choices": {"text": ["a", "b"], "label": ["A"]}, "answerKey": "A"},
        "not as many labels",
    ),
}
CHOSEN = ["B", "(B)", "B.", "B) Paris", "B. Paris", "**B**", r"\text{B}", "(B).", "$B$",
          "So it is option B", "option (B)", "B because A is wrong", "B: Paris"]  # fmt: skip
NOT_CHOSEN = ["Paris", "Because", "A man", "I think so", "", "3", "Bonn", "plan B"]


def write(folder: Path, *entries: object) -> Path:
    path = folder / "asked.jsonl"
    path.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
    return path


@pytest.mark.parametrize("entry", CHOICES.values(), ids=CHOICES)
def test_options_are_written_below_the_question_by_letters(tmp_path: Path, entry: object) -> None:
    [question] = load(write(tmp_path, entry))
    assert (question.text, question.truth) == (ASKED, "B")
    assert question.options == ("Bonn", "Paris")


@pytest.mark.parametrize(("entry", "lacks"), REFUSED.values(), ids=REFUSED)
def test_options_that_make_no_sense_are_said_to_lack_something(
    tmp_path: Path, entry: dict[str, object], lacks: str
) -> None:
    with pytest.raises(DatasetError, match=f"line 1: .*{lacks}"):
        load(write(tmp_path, {"question": "Capital?"} | entry))


@pytest.mark.parametrize("given_", CHOSEN)
def test_a_letter_is_read_however_it_is_written(given_: str) -> None:
    assert letter(given_) == "B"


@pytest.mark.parametrize("given_", NOT_CHOSEN)
def test_a_word_is_no_letter(given_: str) -> None:
    assert letter(given_) is None


@given(st.sampled_from(LETTERS), st.text(alphabet="*_ .()$", max_size=4))
def test_what_is_around_a_letter_does_not_matter(name: str, around: str) -> None:
    assert letter(around + name + around) == name


@pytest.mark.parametrize(
    ("says", "right"),
    [("(B)", 1), ("B.", 1), ("The answer is B", 1), ("B) Paris", 1), ("(A)", 0), ("Paris", 0)],
)
async def test_a_choice_is_graded_by_its_letter(says: str, right: int) -> None:
    questions = (Question("q", ASKED, "B", ("Bonn", "Paris")),)
    engine = FakeEngine(lambda request, i: says)
    async with MathGrader(workers=1, seconds=5) as grader:
        world = replace(models(engine), grader=grader)
        report = await run(questions=questions, strategy=OneSample(), models=world)
    assert report.right == right


@pytest.mark.parametrize(
    ("fields", "text", "truth"),
    [
        (Fields("q", "a"), "1 + 1?", "2"),
        (Fields("q", "worked"), "1 + 1?", "2"),
        (Fields("q", "gsm"), "1 + 1?", "1450"),
        (Fields(answer="a"), "Other?", "2"),
    ],
)
def test_fields_are_read_by_the_names_that_are_given(
    tmp_path: Path, fields: Fields, text: str, truth: str
) -> None:
    entry = {"q": "1 + 1?", "question": "Other?", "a": 2.0, "gsm": "x\n#### 1,450"}
    [question] = load(write(tmp_path, entry | {"worked": r"so \boxed{2}."}), fields)
    assert (question.text, question.truth) == (text, truth)


def test_a_field_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="line 1: has no answer as `solution_text`"):
        load(write(tmp_path, {"question": "1?", "answer": "1"}), Fields(answer="solution_text"))


def test_ids_are_a_files_own_if_their_field_is_named(tmp_path: Path) -> None:
    entries = [{"question": f"{i}?", "answer": i, "key": i} for i in range(3)]
    assert [q.id for q in load(write(tmp_path, *entries), Fields(id="key"))] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("key", "message"), [("x", "the id x, which"), (None, "no text or whole number as `key`")]
)
def test_an_own_id_is_there_and_not_twice(tmp_path: Path, key: object, message: str) -> None:
    entry = {"question": "1?", "answer": "1", "key": "x"}
    with pytest.raises(DatasetError, match=f"line 2: .*{message}"):
        load(write(tmp_path, entry, entry | {"key": key}), Fields(id="key"))


async def test_another_question_under_the_same_id_is_asked_anew(tmp_path: Path) -> None:
    before, after = Question("q", "What is 2 + 0?", "2"), Question("q", "What is 4 + 0?", "4")
    await run(out=tmp_path / "run.jsonl", questions=(before,))
    report = await run(out=tmp_path / "run.jsonl", questions=(after,))
    assert (report.resumed, report.right) == (0, 1)
