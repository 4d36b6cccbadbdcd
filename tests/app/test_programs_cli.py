"""Commands on questions that ask for programs, which are run in the real sandbox."""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import Result

from engines.base import Request
from evaluation.programs.published import named
from scorers.diversity import COMPARISON, SUMMARY
from tests.app.cli_world import fathom
from tests.app.program_world import RIGHT, WRONG, by_turns, fenced, opens, tasks

Reply: TypeAlias = Callable[[Request, int], str]
DRAWN = ("--strategy", "repeated_sampling", "--n", "6", "--out", "run.jsonl")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


@dataclass(frozen=True)
class Told:
    """What commands say in JSON, on the sandbox at `url`."""

    url: str

    def __call__(self, *words: str, reply: Reply = by_turns) -> dict[str, Any]:
        result = self.said(*words, "--json", reply=reply)
        assert result.exit_code == 0, result.stderr
        told: dict[str, Any] = json.loads(result.stdout)
        return told

    def said(self, *words: str, reply: Reply = by_turns) -> Result:
        return fathom(*words, opens=opens(self.url, reply))


@pytest.fixture
def told(sandbox_url: str) -> Told:
    return Told(sandbox_url)


def test_programs_are_chosen_by_public_tests_and_graded_by_hidden_ones(
    tmp_path: Path, told: Told
) -> None:
    report = told("eval", str(tasks(tmp_path)), *DRAWN)
    # Two of three kinds pass the public test, and one of them is right: it comes second.
    assert (report["n"], report["errors"], report["right"]) == (2, 0, 0)
    assert report["pass_at"]["1"] == pytest.approx(1 / 3)
    assert report["filtered_pass_at"]["1"] == pytest.approx(1 / 2)


def test_a_record_says_which_programs_passed_what(tmp_path: Path, told: Told) -> None:
    told("eval", str(tasks(tmp_path, 1)), *DRAWN)
    [record] = [json.loads(line) for line in Path("run.jsonl").read_text().splitlines()[1:]]
    passed = {(one["public"], one["right"]) for one in record["drawn"]}
    assert passed == {(True, False), (False, False), (True, True)}
    assert record["truth"].startswith("2 hidden tests (")


def test_the_command_spells_out_who_judged(tmp_path: Path, told: Told) -> None:
    report = told("eval", str(tasks(tmp_path)), *DRAWN)
    assert "--scorer unit_tests" in report["command"]
    again = told("eval", str(tasks(tmp_path)), *DRAWN, "--scorer", "unit_tests")
    assert again["resumed"] == 2


def test_humaneval_comes_with_a_package(tmp_path: Path, told: Told) -> None:
    path = named(Path("humaneval"))
    first, *_ = gzip.decompress(path.read_bytes()).decode().splitlines()
    task = json.loads(first)
    right = f"```python\n{task['prompt']}{task['canonical_solution']}\n```"
    # The seed picks the question: the first of the file is asked alone by its own file.
    Path("first.jsonl").write_text(first + "\n")
    report = told("eval", "first.jsonl", "--strategy", "sample", reply=lambda request, i: right)
    assert (report["n"], report["right"]) == (1, 1)


def test_humaneval_is_asked_by_its_name(told: Told) -> None:
    result = told(
        "eval", "humaneval", "--strategy", "sample", "--limit", "2", "--out", "h.jsonl",
        reply=lambda request, i: fenced(WRONG),
    )  # fmt: skip
    assert (result["n"], result["right"]) == (2, 0)


def test_runs_are_set_side_by_side_by_tokens(tmp_path: Path, told: Told) -> None:
    path = str(tasks(tmp_path))
    for n in ("3", "6"):
        told("eval", path, "--strategy", "repeated_sampling", "--n", n, "--out", f"{n}.jsonl")
    runs = told("tokens", "6.jsonl", "3.jsonl", "--plot", "curves.png")["runs"]
    assert [run["strategy"] for run in runs] == ["repeated_sampling"] * 2
    assert runs[1]["tokens"] == 2 * runs[0]["tokens"] > 0
    assert Path("curves.png").read_bytes().startswith(b"\x89PNG")
    assert "repeated_sampling" in fathom("tokens", "3.jsonl").stdout


def test_runs_of_other_questions_are_not_set_side_by_side(tmp_path: Path, told: Told) -> None:
    told("eval", str(tasks(tmp_path)), *DRAWN)
    told("eval", str(tasks(tmp_path, 3)), "--strategy", "sample", "--out", "other.jsonl")
    result = fathom("tokens", "run.jsonl", "other.jsonl")
    assert result.exit_code == 1
    assert "other.jsonl: is not of the same questions as run.jsonl" in result.stderr


def judging(request: Request, i: int) -> str:
    """Sum up a program by what it returns; two are alike if that is the same."""
    text = request.prompt.conversation.messages[-1].content
    if text.startswith(SUMMARY.partition("\n")[0]):
        return text.partition("return ")[2].partition("\n")[0]
    assert text.startswith(COMPARISON.partition("\n")[0])
    first, second = (part.partition("</idea>")[0] for part in text.split("<idea>")[1:])
    return "Yes." if first == second else "No."


def test_the_diversity_of_a_runs_ideas_is_measured_once(tmp_path: Path, told: Told) -> None:
    told("eval", str(tasks(tmp_path)), *DRAWN)
    found = told("diversity", "run.jsonl", reply=judging)
    # Of 15 pairs of 6 programs, 3 are of the same kind.
    assert found["diversity"]["value"] == pytest.approx(12 / 15)
    assert [one["programs"] for one in found["questions"]] == [6, 6]
    again = told.said("diversity", "run.jsonl", reply=judging)
    assert "diversity 0.800 [0.800, 0.800] over 2 questions" in again.stdout
    assert len(Path("run.diversity.jsonl").read_text().splitlines()) == 3


def test_diversity_kept_for_another_number_of_programs_is_left_alone(
    tmp_path: Path, told: Told
) -> None:
    told("eval", str(tasks(tmp_path)), *DRAWN)
    told("diversity", "run.jsonl", reply=judging)
    result = told.said("diversity", "run.jsonl", "--most", "3", reply=judging)
    assert result.exit_code == 1
    assert "holds another run: its most is 40, not 3" in result.stderr


def describing(request: Request, i: int) -> str:
    """Describe programs; write a right one of a description, and none without."""
    text = request.prompt.conversation.messages[-1].content
    if "Describe in words" in text:
        return "Twice the number."
    return fenced(RIGHT if "Twice the number." in text else WRONG)


def test_backtranslation_says_what_a_right_plan_is_worth(tmp_path: Path, told: Told) -> None:
    words = ("backtranslate", str(tasks(tmp_path)), "--words", "5", "--n", "2", "--out", "b.jsonl")
    found = told(*words, reply=describing)
    shares = {one["words"]: one["accuracy"]["value"] for one in found["worth"]}
    assert shares == {0: 0, 5: 1, None: 1}
    again = told.said(*words)
    assert "no plan         0.0 [0.0, 0.0]" in again.stdout
    assert len(Path("b.jsonl").read_text().splitlines()) == 1 + 2 * 3


def test_backtranslation_needs_a_right_program(tmp_path: Path, told: Told) -> None:
    entry = {"question": "Double.", "tests": [{"kind": "stdio", "stdin": "2", "stdout": "4"}]}
    (tmp_path / "own.jsonl").write_text(json.dumps(entry))
    result = told.said("backtranslate", "own.jsonl")
    assert result.exit_code == 1
    assert "has no question whose right program is known" in result.stderr
