import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.datasets import DatasetError, Question, load, sample

BESIDE = Path(__file__).parents[3] / "shared" / "data"
PUBLISHED = Path(os.environ.get("FATHOM_DATASETS", BESIDE))
SHAPES = {
    "gsm8k": ({"question": "1 + 1?", "answer": "1 + 1 = <<1+1=2>>2\n#### 2"}, "1 + 1?", "2"),
    "thousands": ({"question": "How much?", "answer": "#### 1,450,000"}, "How much?", "1450000"),
    "plain answer": ({"question": "Capital?", "answer": "Paris"}, "Capital?", "Paris"),
    "math": ({"problem": "Half?", "answer": r"\frac{1}{2}"}, "Half?", r"\frac{1}{2}"),
    "math solution": (
        {"problem": "Half?", "solution": r"\boxed{3}, no: \boxed{\frac{1}{2}}."},
        "Half?",
        r"\frac{1}{2}",
    ),
    "multiarith": ({"sQuestion": " How many? ", "lSolutions": [39.0]}, "How many?", "39"),
    "svamp": ({"Body": "Two dogs.", "Question": "Legs?", "Answer": 8.0}, "Two dogs. Legs?", "8"),
    "a fraction": ({"sQuestion": "How many?", "lSolutions": [0.5]}, "How many?", "0.5"),
}
LACKING = {
    "no question": ({"answer": "2"}, "none of the fields question, problem, sQuestion, Body"),
    "no answer": ({"question": "1 + 1?"}, "no answer as `answer`"),
    "empty answer": ({"question": "1 + 1?", "answer": "So: #### "}, "no answer as `answer`"),
    "true is no answer": ({"question": "Yes?", "answer": True}, "no answer as `answer`"),
    "empty question": ({"question": " ", "answer": "2"}, "no text as `question`"),
    "no box": ({"problem": "Half?", "solution": "one half"}, r"no \\boxed{} in `solution`"),
    "open box": ({"problem": "Half?", "solution": r"\boxed{1"}, r"no \\boxed{} in `solution`"),
    "two solutions": ({"sQuestion": "x?", "lSolutions": [1, 2]}, "list of one number"),
    "a list": ([1], "is not a JSON object"),
}


def write(path: Path, *entries: object, lines: bool = True) -> Path:
    text = "\n".join(json.dumps(entry) for entry in entries) if lines else json.dumps(entries)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("entry", "text", "truth"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("lines", [True, False], ids=["lines", "list"])
def test_every_published_shape_is_known_by_its_fields(
    tmp_path: Path, entry: dict[str, object], text: str, truth: str, lines: bool
) -> None:
    [question] = load(write(tmp_path / "file", entry, lines=lines))
    assert (question.text, question.truth) == (text, truth)


@pytest.mark.parametrize(("entry", "lacks"), LACKING.values(), ids=LACKING)
def test_what_an_entry_lacks_is_said_with_file_and_line(
    tmp_path: Path, entry: object, lacks: str
) -> None:
    path = write(tmp_path / "asked.jsonl", {"question": "1?", "answer": "1"}, entry)
    with pytest.raises(DatasetError, match=rf"asked.jsonl, line 2: .*{lacks}") as raised:
        load(path)
    assert (raised.value.path, raised.value.place) == (path, "line 2")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"question": "1?", "answer": "1"}\n\n{"question"', "line 3: is not JSON"),
        (b'[{"question": "1?",\n "answer" "1"}]', "line 2: is not JSON"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"\n", "holds no questions"),
        (b"[]", "holds no questions"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_to_be_so(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        load(path)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read: No such file"):
        load(tmp_path / "absent")


def test_ids_do_not_depend_on_the_place_and_tell_repeats_apart(tmp_path: Path) -> None:
    one, two = {"question": "1?", "answer": "1"}, {"question": "2?", "answer": "2"}
    before = [q.id for q in load(write(tmp_path / "a", one, two))]
    after = [q.id for q in load(write(tmp_path / "b", two, one, two))]
    assert after == [before[1], before[0], f"{before[1]}.2"]


@given(st.integers(0, 30), st.integers(0, 30), st.integers())
def test_a_smaller_sample_is_the_start_of_a_larger_one(few: int, more: int, seed: int) -> None:
    questions = [Question(str(i), f"{i}?", str(i)) for i in range(25)]
    small, large = sample(questions, min(few, more), seed), sample(questions, max(few, more), seed)
    assert large[: len(small)] == small
    assert set(sample(questions, None, seed)) == set(questions)


def test_another_seed_is_another_sample() -> None:
    questions = [Question(str(i), f"{i}?", str(i)) for i in range(25)]
    assert sample(questions, 10, 0) != sample(questions, 10, 1)


@pytest.mark.parametrize(
    ("name", "n", "first"),
    [
        ("multiarith.json", 600, "39"),
        ("svamp.json", 1000, "51"),
        ("gsm8k_train.jsonl", None, "72"),
        ("gsm8k_test_first_half.jsonl", None, "18"),
    ],
)
def test_published_files_are_read_whole(name: str, n: int | None, first: str) -> None:
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip(f"{name} is neither beside the project nor where FATHOM_DATASETS says")
    questions = load(path)
    assert questions[0].truth == first
    assert n is None or len({q.id for q in questions}) == n
