import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

from app.commands.labelling.by_hand import Clock, Sitting
from app.commands.labelling.terminal import Terminal, printable
from tests.app.label_world import PERSON, file, label, lines, report
from tests.scorers.candidates import LastWord
from tests.training.label.solutions import solution
from training.label.grading import Grading
from training.label.human import Ratings, Shown

ONE = {"question": "2+2=?", "steps": ["a", "b"], "truth": "4", "outcome": True}
TWO = {"question": "3+3=?", "steps": ["c", "d", "e"], "truth": "6", "outcome": False}
KNOWN = {"question": "1+1=?", "steps": ["k", "l"], "ratings": [1, -1]}
SAVE = ""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def words(folder: Path, *more: str, who: str = PERSON) -> tuple[str, ...]:
    given = file(folder, "in.jsonl", ONE, TWO)
    return (given, "--human", "--labeler", who, "--out", "rated.jsonl", *more)


def rate(folder: Path, *keys: str, more: tuple[str, ...] = ()) -> Result:
    return label(*words(folder, *more), typed="".join(f"{key}\n" for key in keys))


def said() -> list[list[int | None]]:
    return [
        [step["completions"][0]["rating"] for step in row["label"]["steps"]]
        for row in lines("rated.jsonl")
    ]


def test_a_person_rates_step_by_step_up_to_the_first_error(tmp_path: Path) -> None:
    result = rate(tmp_path, "+", "0", SAVE, "+", "-", SAVE)
    assert (result.exit_code, said()) == (0, [[1, 0], [1, -1]])
    shown = result.stderr
    assert shown.index("2+2=?") < shown.index("Answer known to be right\n4\n")
    assert shown.index("Step 1\na\n") < shown.index("Step 2\nb\n") < shown.index("Step 1\nc\n")
    assert "Step 3" not in shown
    assert "rated             1 solution, 1 found error" in result.stdout


def test_what_a_person_said_is_read_back_by_the_importer(tmp_path: Path) -> None:
    rate(tmp_path, "+", "0", SAVE, "+", "-", SAVE)
    report("rated.jsonl", "--by", "prm800k", "--out", "out.jsonl")
    first, second = lines("out.jsonl")
    assert (first["steps"], first["ratings"], first["outcome"]) == (["a", "b"], [1, 0], True)
    assert (second["steps"], second["ratings"], second["truth"]) == (["c", "d"], [1, -1], "6")


def test_a_mistake_can_be_undone_until_it_is_saved(tmp_path: Path) -> None:
    rate(tmp_path, "-", "u", "+", "u", "u", "0", "+", SAVE, "q")
    assert said() == [[0, 1]]


def test_a_bad_problem_and_giving_up_leave_a_step_without_a_rating(tmp_path: Path) -> None:
    rate(tmp_path, "b", SAVE, "+", "g", "u", "g", SAVE)
    assert said() == [[None], [1, None]]
    reasons = [row["label"]["finish_reason"] for row in lines("rated.jsonl")]
    assert reasons == ["bad_problem", "give_up"]


def test_a_wrong_solution_is_not_done_before_a_step_is_wrong(tmp_path: Path) -> None:
    result = rate(tmp_path, "b", SAVE, "+", "+", "+", "+", "u", "-", SAVE)
    assert "The final answer is wrong, so one of the steps must be" in result.stderr
    assert "'+' is not one of them" in result.stderr
    assert said()[1] == [1, 1, -1]


@pytest.mark.parametrize(("last", "code"), [(("q",), 0), ((), 130)])
def test_leaving_keeps_what_was_rated_and_goes_on_from_there(
    last: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    left = rate(tmp_path, "-", SAVE, "+", *last)
    assert (left.exit_code, said()) == (code, [[-1]])
    resumed = rate(tmp_path, "0", "-", SAVE)
    assert "2+2=?" not in resumed.stderr
    assert said() == [[-1], [0, -1]]
    assert "rated before      1" in resumed.stdout


def test_known_solutions_are_among_the_others_and_agreement_is_told(tmp_path: Path) -> None:
    more = ("--quality", file(tmp_path, "known.jsonl", KNOWN))
    first = report(*words(tmp_path, *more), typed="-\n\n+\n+\n\nq\n")
    assert (first["agreement"], first["agreement_needed"]) == (0.5, 0.75)
    assert [row["is_quality_control_question"] for row in lines("rated.jsonl")] == [False, True]
    again = report(*words(tmp_path, *more), typed="-\n\n")
    assert (again["agreement"], again["quality"]) == (0.5, {"solutions": 1, "labels": 2})
    other = report(*words(tmp_path, *more, who=PERSON[::-1]), typed="+\n-\n\n")
    assert (other["agreement"], other["left"]) == (1.0, 0)


def test_a_solution_whose_outcome_is_not_known_is_graded(tmp_path: Path) -> None:
    given = file(tmp_path, "texts.jsonl", {"question": "q", "truth": "4", "solutions": ["so 5"]})
    result = label(given, *words(tmp_path)[1:], typed="+\nq\n")
    assert "The final answer is wrong" in result.stderr
    assert not lines("rated.jsonl")


def test_the_generation_is_written(tmp_path: Path) -> None:
    rate(tmp_path, "-", SAVE, "q", more=("--generation", "4"))
    assert lines("rated.jsonl")[0]["generation"] == 4
    assert rate(tmp_path, more=("--generation", "4", "--generation", "5")).exit_code == 2


def test_a_file_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    Path("rated.jsonl").write_text('{"question": "q"}\n')
    result = rate(tmp_path, "-", SAVE)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "rated.jsonl, line 1: " in result.stderr


def test_what_a_model_wrote_has_no_effect_on_the_terminal() -> None:
    assert printable("a\x1b[2J\nb\tc\u202e [bold]é\x00") == "a\\x1b[2J\nb\tc\\u202e [bold]é\\x00"


def test_time_is_that_of_the_clock_and_passes_in_milliseconds() -> None:
    keys, seconds = iter(["+", "-", ""]), iter([10.0, 12.3456])
    written: list[str] = []
    noon = datetime(2026, 1, 2, 12, tzinfo=UTC)
    Sitting(
        Ratings(PERSON),
        Grading(LastWord()),
        generation=0,
        write=written.append,
        terminal=Terminal(Console(file=io.StringIO()), lambda _: next(keys)),
        clock=Clock(lambda: noon, lambda: next(seconds)),
    ).hold([Shown(solution("a", "b"))])
    assert '"total_time":2346' in written[0]
    assert '"timestamp":"2026-01-02T12:00:00+00:00"' in written[0]


def test_a_solution_is_in_the_file_before_the_next_is_shown(tmp_path: Path) -> None:
    program = "from app.cli import main; main()"
    command = [sys.executable, "-c", program, "label", *words(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stderr=pipe, env=environment) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(b"-\n\n")
        process.stdin.flush()
        while b"3+3" not in process.stderr.readline():
            pass
        process.kill()
    assert said() == [[-1]]
