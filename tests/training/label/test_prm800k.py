from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.label.rows import imported, labels, row, step, way, written
from training.examples import ExampleError, line_of
from training.label.prm800k import Imported, examples_of
from training.label.prm800k_rows import Row

A, B = step(way("a", 1)), step(way("b", 0))


def test_the_path_is_one_example_with_a_label_for_each_step(tmp_path: Path) -> None:
    [example], counts = imported(written(tmp_path, row(A, B)))
    assert labels(example) == (("a", "b"), (1, 0))
    assert (example.outcome, example.truth) == (True, "6")
    assert example.source == "PRM800K, phase 2, generation 9"
    assert counts.rows_kept == {"solution": 1}
    assert counts.labels_kept == {"right": 1, "neutral": 1}


def test_an_alternative_is_an_example_after_the_path_up_to_it(tmp_path: Path) -> None:
    chosen = step(way("x", -1), way("b", 1), way("y", 0), chosen=1)
    examples, counts = imported(written(tmp_path, row(A, chosen)))
    assert [labels(example) for example in examples] == [
        (("a", "b"), (1, 1)),
        (("a", "x"), (None, -1)),
        (("a", "y"), (None, 0)),
    ]
    assert counts.examples == {"paths": 1, "alternatives": 2}
    assert [example.outcome for example in examples] == [True, None, None]


def test_an_error_found_in_phase_2_ends_the_path_with_the_solutions_own_step(
    tmp_path: Path,
) -> None:
    last = step(way("wrong", -1), way("other", 0), chosen=None)
    examples, _ = imported(written(tmp_path, row(A, last, finish="found_error")))
    assert [labels(example) for example in examples] == [
        (("a", "wrong"), (1, -1)),
        (("a", "other"), (None, 0)),
    ]
    assert examples[0].outcome is None


@pytest.mark.parametrize(
    "human", ["h", {"text": "h", "rating": None, "source": "human", "flagged": False}]
)
def test_a_step_written_by_hand_is_on_the_path_without_a_label(
    human: object, tmp_path: Path
) -> None:
    by_hand = step(way("x", -1), way("y", -1), chosen=None, human=human)
    examples, counts = imported(written(tmp_path, row(A, by_hand, B, generation=None)))
    assert labels(examples[0]) == (("a", "h", "b"), (1, None, 0))
    assert [example.steps for example in examples[1:]] == [("a", "x"), ("a", "y")]
    assert counts.labels_dropped == {"written_by_hand": 1}
    assert examples[0].source == "PRM800K, phase 1"


def test_what_has_no_rating_or_a_flag_has_no_label(tmp_path: Path) -> None:
    unsure = step(way("b", None), way("c", 1, flagged=True), way("d", None, flagged=True))
    [example], counts = imported(written(tmp_path, row(A, unsure)))
    assert labels(example) == (("a", "b"), (1, None))
    assert counts.labels_dropped == {"unrated": 1, "flagged": 2}


def test_quality_control_and_screening_are_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        row(A, is_quality_control_question=True),
        row(A, B, is_initial_screening_question=True, generation=-1),
        row(A, generation=-1),
    )
    examples, counts = imported(path)
    assert examples == []
    assert counts.rows_dropped == {"quality_control": 1, "screening": 2}
    assert counts.labels_dropped == {"quality_control": 1, "screening": 3}


@pytest.mark.parametrize("finish", ["bad_problem", "give_up"])
def test_the_step_at_which_somebody_gave_up_is_left_out(finish: str, tmp_path: Path) -> None:
    [example], counts = imported(written(tmp_path, row(A, step(way("b", 1)), finish=finish)))
    assert (labels(example), example.outcome) == ((("a",), (1,)), None)
    assert counts.labels_dropped == {"given_up": 1}


def test_steps_behind_the_end_of_the_path_are_left_out(tmp_path: Path) -> None:
    nowhere = step(way("x", 1), way("y", -1), chosen=None)
    examples, counts = imported(written(tmp_path, row(A, nowhere, B)))
    assert [labels(one) for one in examples] == [
        (("a",), (1,)),
        (("a", "x"), (None, 1)),
        (("a", "y"), (None, -1)),
    ]
    assert counts.labels_dropped == {"after_the_path": 1}
    assert examples[0].outcome is None


EMPTY = {
    "given up at once": row(A, finish="give_up"),
    "no steps": row(),
    "no completions at an error": row(step(chosen=None), finish="found_error"),
    "no list of completions": row({"completions": None, "chosen_completion": None}),
    "nothing rated": row(step(way("a", None), chosen=None), finish="found_error"),
}


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY)
def test_a_row_without_labels_is_counted_and_gives_nothing(empty: object, tmp_path: Path) -> None:
    examples, counts = imported(written(tmp_path, empty))
    assert (examples, counts.rows_dropped) == ([], {"without_labels": 1})


def test_the_answer_is_what_the_last_step_of_the_path_gives_as_one(tmp_path: Path) -> None:
    last = step(way("So it is 6.\n\n# Answer\n\n6", 1), way("So 7.\n\n# Answer\n\n7", -1))
    examples, _ = imported(written(tmp_path, row(A, last)))
    assert [example.answer for example in examples] == ["6", "7"]


def test_a_solution_whose_true_answer_is_not_known_has_no_outcome(tmp_path: Path) -> None:
    [example], _ = imported(written(tmp_path, row(A, question={"problem": "2+2=?"})))
    assert (example.outcome, example.truth) == (None, None)


def test_phases_and_generations_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, row(A, generation=None), row(A, generation=0), row(A, generation=3))
    assert len(imported(path, phase=1)[0]) == 1
    assert len(imported(path, phase=2)[0]) == 2
    examples, counts = imported(path, generations=[3, 4])
    assert [example.source for example in examples] == ["PRM800K, phase 2, generation 3"]
    assert counts.rows_dropped == {"other_generation": 2}


BROKEN = {
    "half a line": '{"question": {"problem": "2+',
    "no row": '{"steps": []}',
    "not an object": "[1]",
    "a rating of 2": '{"question": {"problem": "q"}, "label": {"steps": [{"completions": '
    '[{"text": "a", "rating": 2}]}]}}',
    "a choice that is not there": '{"question": {"problem": "q"}, "label": {"steps": '
    '[{"completions": [], "chosen_completion": 0}]}}',
    "a text that is none": '{"question": {"problem": "\\ud800"}, "label": {"steps": []}}',
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_an_error_that_names_it(line: str, tmp_path: Path) -> None:
    path = written(tmp_path, row(A))
    path.write_text(path.read_text() + "\n" + line + "\n" + path.read_text())
    with pytest.raises(ExampleError, match=r"rows.jsonl, line 3: ") as caught:
        imported(path)
    assert caught.value.line == 3
    examples, counts = imported(path, skip_broken=True)
    assert (len(examples), counts.rows_dropped) == (2, {"broken": 1})


def test_bytes_that_are_no_text_are_a_broken_line_too(tmp_path: Path) -> None:
    path = written(tmp_path, row(A))
    path.write_bytes(b"\xff\xfe\n" + path.read_bytes())
    with pytest.raises(ExampleError, match="line 1: "):
        imported(path)


def test_a_mark_of_byte_order_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = written(tmp_path, row(A))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(imported(path)[0]) == 1


def test_a_file_that_git_lfs_has_not_fetched_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "phase2_train.jsonl"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n")
    with pytest.raises(ExampleError, match="git lfs pull"):
        imported(path)


ways = st.builds(
    way, st.text(max_size=3), st.sampled_from([-1, 0, 1, None]),
    flagged=st.sampled_from([None, False, True]),
)  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> Row:
    steps = []
    for _ in range(draw(st.integers(0, 4))):
        some = draw(st.lists(ways, max_size=3))
        chosen = draw(st.none() | st.integers(0, len(some) - 1)) if some else None
        human = draw(st.none() | st.just("h") | st.just({"text": "h"}))
        steps.append(step(*some, chosen=chosen, human=human))
    finishes = st.sampled_from(["solution", "found_error", "bad_problem", "give_up", None])
    generation = draw(st.none() | st.integers(0, 9))
    return Row.model_validate(row(*steps, finish=draw(finishes), generation=generation))


@given(rows())
def test_every_label_is_kept_once_or_dropped_for_a_reason(row: Row) -> None:
    counts = Imported()
    examples = list(examples_of(row, counts))
    told = [rating for one in examples for rating in one.ratings or () if rating is not None]
    by_hand = counts.labels_dropped.pop("written_by_hand", 0)
    there = sum(len(step.ways) for step in row.label.steps)
    assert len(told) == counts.labels_kept.total()
    assert counts.labels_kept.total() + counts.labels_dropped.total() == there
    assert by_hand <= len(row.label.steps)
    assert all(line_of(example).count("\n") == 1 for example in examples)
