from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.label.rows import LABELER, imported, labels
from tests.training.label.solutions import solution
from training.examples import Example, ExampleError, write_examples
from training.label.human import (
    Agreement,
    Ratings,
    Shown,
    interleave,
    read_quality,
    row_of,
)
from training.label.prm800k_rows import Row
from training.label.sheet import Sheet

THREE = solution("a", "b", "c", truth="4", answer="5")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def rated(keys: str, example: Example = THREE) -> Sheet:
    sheet = Sheet(example)
    for key in keys:
        assert key in sheet.keys
        sheet = sheet.after(key)  # type: ignore[arg-type]
    return sheet


def row(sheet: Sheet, *, known: bool = False, labeler: str = LABELER) -> Row:
    return row_of(
        sheet,
        labeler=labeler,
        when=NOON,
        milliseconds=1500,
        generation=3,
        known=known,
        answer=sheet.example.answer,
    )


@pytest.mark.parametrize(
    ("keys", "finish"),
    [("", None), ("+0", None), ("+0+", "solution"), ("-", "found_error"), ("+0-", "found_error"),
     ("b", "bad_problem"), ("+g", "give_up"), ("+-u", None), ("bu", None)],
)  # fmt: skip
def test_rating_ends_at_an_error_at_the_last_step_or_where_it_is_left_off(
    keys: str, finish: str | None
) -> None:
    assert rated(keys).finish == finish


def test_a_step_of_a_wrong_solution_must_be_wrong() -> None:
    wrong = THREE.model_copy(update={"outcome": False})
    sheet = rated("+0+", wrong)
    assert (sheet.finish, sheet.contradicted, sheet.keys) == (None, True, ("u", "b", "g"))
    assert rated("+0+u-", wrong).finish == "found_error"


@given(st.data(), st.integers(1, 4), st.sampled_from([True, False, None]))
def test_undoing_undoes_and_every_sheet_that_is_done_has_a_row(data, steps, outcome) -> None:
    sheet = Sheet(solution(*"abcd"[:steps], outcome=outcome))
    for _ in range(12):
        if not sheet.keys:
            break
        key = data.draw(st.sampled_from(sheet.keys))
        after = sheet.after(key)
        assert key == "u" or after.after("u") == sheet
        sheet = after
        assert sheet.finish is None or row(sheet).label.finish_reason == sheet.finish


def test_a_row_is_as_prm800k_has_it() -> None:
    plain = row(rated("+-")).model_dump()
    assert plain["timestamp"] == "2026-01-02T12:00:00+00:00"
    assert (plain["generation"], plain["label"]["total_time"]) == (3, 1500)
    assert plain["question"]["pre_generated_steps"] == ("a", "b", "c")
    assert plain["question"]["pre_generated_answer"] == "5"
    first, last = plain["label"]["steps"]
    assert first["completions"] == ({"text": "a", "rating": 1, "flagged": None},)
    assert (first["chosen_completion"], last["chosen_completion"]) == (0, None)


@pytest.mark.parametrize(
    ("keys", "steps", "ratings"),
    [("+0+", "abc", (1, 0, 1)), ("+-", "ab", (1, -1)), ("+0g", "ab", (1, 0)), ("0b", "a", (0,))],
)
def test_the_importer_reads_back_what_a_person_said(
    keys: str, steps: str, ratings: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(row(rated(keys)).model_dump_json() + "\n")
    [example], _ = imported(path)
    assert labels(example) == (tuple(steps), ratings)
    assert (example.truth, example.outcome) == ("4", True if keys == "+0+" else None)


def test_giving_up_on_a_solution_that_cannot_be_right_takes_back_its_last_rating(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.jsonl"
    wrong = THREE.model_copy(update={"outcome": False})
    path.write_text(row(rated("+0+g", wrong)).model_dump_json() + "\n")
    [example], _ = imported(path)
    assert labels(example) == (("a", "b"), (1, 0))


def test_quality_control_is_left_out_of_what_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(row(rated("-"), known=True).model_dump_json() + "\n")
    assert imported(path)[0] == []


@pytest.mark.parametrize(
    ("known", "keys", "same", "labels"),
    [((1, 0, -1), "+0-", 3, 3), ((1, 0, -1), "++-", 2, 3), ((1, 0, -1), "-", 0, 1),
     ((-1,), "++-", 0, 1), ((1, None, 1), "+-", 1, 1), ((1, 0, 1), "+g", 1, 2)],
)  # fmt: skip
def test_labels_agree_step_by_step_up_to_where_the_shorter_end(
    known: tuple[int | None, ...], keys: str, same: int, labels: int
) -> None:
    agreement = Agreement()
    agreement.add(THREE.model_copy(update={"ratings": known}), row(rated(keys)))
    assert (agreement.same, agreement.labels, agreement.solutions) == (same, labels, 1)
    assert agreement.share == same / labels


def test_nothing_to_compare_is_no_agreement() -> None:
    assert Agreement().share is None


@given(st.integers(0, 30), st.integers(0, 10))
def test_known_solutions_are_spread_among_the_others(others: int, known: int) -> None:
    asked = [Shown(solution(str(i))) for i in range(others)]
    asked_too = [Shown(solution(f"k{i}"), known=True) for i in range(known)]
    together = interleave(asked, asked_too)
    assert [one for one in together if not one.known] == asked
    assert [one for one in together if one.known] == asked_too
    places = [place for place, one in enumerate(together) if one.known]
    gaps = [b - a for a, b in pairwise(places)]
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_what_was_rated_is_not_shown_again_but_known_ones_are_shown_to_everybody(
    tmp_path: Path,
) -> None:
    known = solution("k", ratings=(1,))
    path = tmp_path / "rows.jsonl"
    lines = [row(rated("-")), row(rated("+", known), known=True)]
    path.write_text("".join(line.model_dump_json() + "\n" for line in lines))
    other = solution("x", "y")
    for labeler, left in ((LABELER, [Shown(other)]), ("b", [Shown(other), Shown(known, True)])):
        ratings = Ratings(labeler, [known])
        ratings.read(path)
        assert ratings.left([THREE, other]) == left
        assert ratings.before == 2
        assert ratings.agreement.solutions == (1 if labeler == LABELER else 0)


def test_a_known_solution_without_ratings_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "quality.jsonl"
    write_examples(path, [solution("a", ratings=(1,)), solution("b")])
    with pytest.raises(ExampleError, match="line 2: has no `ratings`"):
        read_quality(path, "\n\n")
