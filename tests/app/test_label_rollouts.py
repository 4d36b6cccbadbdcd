import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from engines.base import Request
from engines.errors import EngineUnavailable
from tests.app.cli_world import dataset, fathom, opener
from training.examples import Example, read_examples

OUT = Path("labels.jsonl")
JOURNAL = Path("labels.jsonl.journal")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dataset(tmp_path)


def two_steps(request: Request, i: int) -> str:
    """Say "a" or "b" first, by the place; roll-outs of what began with "b" give the answer 4."""
    if not request.text:
        return f"{'ab'[i % 2]}\n\nAnswer: {'34'[i % 2]}"
    return f"Answer: {4 if request.text.startswith('b') else 3}"


def label(*words: str, by: str = "rollouts", limit: int = 3, reply=two_steps, opens=None) -> Result:
    """Run the command on a few questions, with two solutions and roll-outs each."""
    small = ("--by", by, "--samples", "2", "--rollouts", "2", "--limit", str(limit))
    opens = opens or opener(reply)
    return fathom("label", "sums.jsonl", "--out", str(OUT), *small, *words, opens=opens)


def told(*words: str, **given: Any) -> dict[str, Any]:
    result = label(*words, "--json", **given)
    assert result.exit_code == 0, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def examples() -> list[Example]:
    return list(read_examples(OUT))


def test_questions_of_a_data_set_are_labelled() -> None:
    said = label().stdout.splitlines()
    assert {(e.steps, e.values) for e in examples() if e.truth == "4"} == {
        (("a", "Answer: 3"), (0.0, 0.0)),
        (("b", "Answer: 4"), (1.0, 1.0)),
    }
    assert said[0] == "6 solutions labelled, of 3 of 3 questions"
    assert said[-1] == "labels    labels.jsonl"


def test_omega_rates_up_to_the_first_error() -> None:
    assert "0 of questions none solves" in label(by="omega", limit=1, reply=two_steps).stdout
    label(by="omega", limit=6)
    assert {(e.steps, e.ratings) for e in examples() if e.truth == "4"} == {
        (("a", "Answer: 3"), (-1,)),
        (("b", "Answer: 4"), (1, 1)),
    }


def test_json_is_one_object_of_settings_and_counts() -> None:
    report = told("--seed", "7", "--temperature", "0.5")
    assert (report["questions"], report["solutions"], report["examples"]) == (3, 6, 6)
    assert [report[name] for name in ("cut", "unanswered", "unsolved", "failed", "left")] == [0] * 5
    assert (report["by"], report["seed"], report["out"]) == ("rollouts", 7, "labels.jsonl")
    assert (report["temperature"], report["step_end"]) == (0.5, "\n\n")
    assert report["usage"]["completion_tokens"] > 0


def test_what_the_command_does_not_say_the_settings_do() -> None:
    Path("fathom.yaml").write_text("temperature: 0.4\nmax_answer_tokens: 77\n")
    report = told("--config", "fathom.yaml")
    assert (report["temperature"], report["max_answer_tokens"]) == (0.4, 77)


def test_steps_end_and_answers_are_found_as_the_flags_say() -> None:
    def reply(request: Request, i: int) -> str:
        return "is 4" if request.text else "one;is 3"

    told("--step-end", ";", "--pattern", r"is (\d)", "--prompt", "Think. {question}", reply=reply)
    assert {(e.steps, e.answer) for e in examples()} == {(("one", "is 4"), "4")}


def test_the_same_command_goes_on_with_more_questions() -> None:
    label()
    assert "resumed   3 questions were labelled before" in label(limit=5).stdout
    assert len(examples()) == 10


@pytest.mark.parametrize("change", [("--seed", "1"), ("--samples", "3"), ("--temperature", "0.3")])
def test_labels_of_another_run_are_left_alone(change: tuple[str, str]) -> None:
    label()
    before = OUT.read_bytes()
    result = label(*change)
    assert (result.exit_code, OUT.read_bytes()) == (1, before)
    assert result.stderr.endswith("\n")
    assert "Error: labels.jsonl.journal: holds another run: its" in result.stderr


def test_another_data_file_is_refused(tmp_path: Path) -> None:
    label()
    dataset(tmp_path, 4)
    assert "its data is" in label().stderr


def test_a_budget_that_is_used_up_is_said_to_be() -> None:
    words = ("--tokens", "40", "--max-answer-tokens", "10", "--concurrency", "1")
    said = label(*words).stdout
    assert "left      1 questions: the budget of tokens is used up; the same command goes" in said
    assert told(*words)["left"] == 0


def test_questions_that_fail_are_told_with_their_reasons_and_tried_again() -> None:
    def reply(request: Request, i: int) -> str:
        raise EngineUnavailable("connection refused")

    failed = "failed    3 questions, to be tried again: EngineUnavailable: connection refused"
    assert failed in label(reply=reply).stdout
    assert (told()["labelled"], len(examples())) == (3, 6)


def test_rollouts_at_temperature_0_are_refused() -> None:
    result = label("--temperature", "0")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "at temperature 0 all roll-outs of a step are the same one" in result.stderr
    assert not JOURNAL.exists()


def test_questions_that_are_none_are_one_sentence() -> None:
    Path("sums.jsonl").write_text('{"steps": []}\n')
    result = label()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: sums.jsonl, line 1: ")


def test_ctrl_c_keeps_what_was_labelled_and_is_code_130() -> None:
    words = ("sums.jsonl", "--by", "rollouts", "--out", str(OUT), "--samples", "2")
    words += ("--step-end", "###", "--concurrency", "1")
    command = [sys.executable, "-m", "tests.app.hanging", "label", *words]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment) as process:
        assert process.stdout
        assert process.stdout.readline() == b"hangs\n"
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=20)
    assert (process.returncode, said, len(examples())) == (130, b"closed\n", 4)
    assert complained.splitlines()[-1].startswith(b"interrupted; what was done is kept")
    assert "resumed   2 questions were" in fathom("label", *words).stdout
