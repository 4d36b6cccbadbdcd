import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from engines.base import Request
from engines.errors import EngineUnavailable
from search.policy import read
from tests.app.cli_world import dataset, fathom, opener

SMALL = ("--budgets", "1,2,4", "--bins", "2", "--probe", "2", "--out", "p.yaml")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


def words(folder: Path, *more: str, n: int = 12) -> tuple[str, ...]:
    return ("calibrate", "--data", str(dataset(folder, n)), *SMALL, *more)


def test_a_policy_is_made_of_a_file_of_questions(tmp_path: Path) -> None:
    result = fathom(*words(tmp_path, "--json"))
    told = json.loads(result.stdout)
    policy = read(Path(told["policy"]))
    assert (told["policy"], told["questions"], told["left_out"]) == ("p.yaml", 12, {})
    assert policy.fitted_on.command == told["command"]
    assert (policy.model, policy.estimator, policy.fitted_on.samples) == ("fake", "score", 2)
    assert {row["budget"] for row in told["table"]} == {4, 8, 16}
    assert "strategies are replayed, 1 searched for (beam_search)" in result.stderr
    assert "at most 20 searches of 80 samples, about 320 tokens" in result.stderr


def test_it_says_what_pays_and_where_everything_went(tmp_path: Path) -> None:
    shown = fathom(*words(tmp_path, "--bins", "1", n=60)).stdout
    assert "best_of_n n=2" in shown
    assert "auto reaches the accuracy of best_of_n of 4, 50.0 %, with 1.00 x less" in shown
    assert "file      p.yaml\nrecords   .cache/fathom/calibrate/sums-" in shown
    assert "command   fathom calibrate --data" in shown


def test_a_policy_that_never_comes_so_far_is_said(tmp_path: Path) -> None:
    shown = fathom(*words(tmp_path, "--baseline", "weighted_best_of_n")).stdout
    assert "auto does not reach the accuracy of weighted_best_of_n of 4, 50.0 %: at most" in shown


def test_the_same_command_goes_on_from_what_was_drawn(tmp_path: Path) -> None:
    asked: list[str] = []

    def reply(request: Request, i: int) -> str:
        asked.append(request.id)
        return f"b Answer: {4 if i % 2 else 3}"

    first = fathom(*words(tmp_path, "--run", "kept", "--json"), opens=opener(reply))
    drawn = len(asked)
    again = fathom(*words(tmp_path, "--run", "kept", "--json"), opens=opener(reply))
    assert len(asked) == drawn
    assert "at most 0 searches" in again.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert {path.name.partition("-")[0] for path in Path("kept").iterdir()} == {
        "pool.jsonl", "beam_search"}  # fmt: skip


def test_ctrl_c_keeps_what_was_drawn_and_the_same_command_goes_on(tmp_path: Path) -> None:
    given = words(tmp_path, "--concurrency", "1")
    command = [sys.executable, "-m", "tests.app.hanging", *given]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "hangs\n"
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "closed\n")
    assert complained.splitlines()[-1].startswith("interrupted; what was drawn is kept")
    assert "at most 22 searches of 88 samples" in fathom(*given).stderr


@pytest.mark.parametrize("refuses", ["by saying no", "by Ctrl-C"])
def test_on_a_terminal_nothing_is_paid_for_that_was_not_agreed_to(
    tmp_path: Path, refuses: str
) -> None:
    command = [sys.executable, "-m", "tests.app.hanging", *words(tmp_path, "--concurrency", "2")]
    keyboard, terminal = os.openpty()
    with subprocess.Popen(command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=_environment()) as process:  # fmt: skip
        assert process.stderr
        assert any("still to do" in process.stderr.readline() for _ in range(9))
        assert process.stderr.read(6) == "Go on?"
        if refuses == "by Ctrl-C":
            process.send_signal(signal.SIGINT)
        os.write(keyboard, b"n\n")
        said, _ = process.communicate(timeout=20)
    assert (process.returncode, said.split()) == (1, ["closed"])
    os.close(keyboard)
    os.close(terminal)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}


def test_questions_that_failed_are_said(tmp_path: Path) -> None:
    def reply(request: Request, i: int) -> str:
        if "Question 11" in request.prompt.conversation.messages[-1].content:
            raise EngineUnavailable("gone")
        return f"b Answer: {4 if i % 2 else 3}"

    shown = fathom(*words(tmp_path), opens=opener(reply)).stdout
    assert "left out  1 questions: EngineUnavailable: gone" in shown


def test_too_few_questions_are_code_1(tmp_path: Path) -> None:
    result = fathom(*words(tmp_path, n=3))
    assert result.exit_code == 1
    assert "3 of 3 questions remain, and a policy takes 4 at least" in result.stderr
    assert not Path("p.yaml").exists()


def test_an_endpoints_model_is_not_one_of_the_settings(tmp_path: Path) -> None:
    opened: list[Settings] = []
    named = ("--url", "http://other:1/v1", "--model", "m")
    told = json.loads(
        fathom(*words(tmp_path, *named, "--json"), opens=opener(opened=opened)).stdout
    )
    assert opened[0].engine.model == "m"
    assert "--model m" in told["command"]
    assert "--url http://other:1/v1" in told["command"]


def test_a_model_that_is_not_served_is_code_1(tmp_path: Path) -> None:
    result = fathom(*words(tmp_path, "--model", "nobody"))
    assert (result.exit_code, "nobody" in result.stderr) == (1, True)
    alias = fathom(*words(tmp_path, "--model", "fathom:majority"))
    assert "is a model's alias" in alias.stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--budgets", "4,1"), "--budgets rise"),
        (("--budgets", "1,512"), "--budgets rise"),
        (("--budgets", "few"), "--budgets are numbers"),
        (("--samples", "2"), "--samples are 4 at least"),
        (("--probe", "5"), "--probe is 4 at most"),
        (("--probe", "1", "--estimator", "agreement"), "--probe is 2 at least"),
        (("--strategies", "magic"), "--strategies: there is no strategy 'magic'"),
        (("--strategies", "{kind"), "--strategies is not JSON"),
        (("--strategies", '[{"kind": "best_of_n", "m": 1}]'), "best_of_n.m"),
        (("--out", "nowhere/p.yaml"), "--out: there is no folder nowhere"),
        (("--estimator", "guess"), "guess"),
        (("--url", "http://x", "--engine-url", "http://y"), "both say what draws"),
    ],
)
def test_flags_that_make_no_sense_are_code_2(
    tmp_path: Path, given: tuple[str, ...], message: str
) -> None:
    result = fathom(*words(tmp_path, *given))
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize("estimator", ["agreement", "first_token", "oracle"])
def test_difficulty_is_told_by_other_estimators_too(tmp_path: Path, estimator: str) -> None:
    result = fathom(*words(tmp_path, "--estimator", estimator, "--json"))
    assert json.loads(result.stdout)["estimator"] == estimator
    assert read(Path("p.yaml")).fitted_on.samples == (4 if estimator == "oracle" else 2)


def test_a_policy_that_reads_prompts_has_a_regressor_and_no_probe(tmp_path: Path) -> None:
    shown = fathom(*words(tmp_path, "--estimator", "prompt", n=24))
    policy = read(Path("p.yaml"))
    assert "prompts   tell pass@1 with a rank correlation of" in shown.stdout
    assert (policy.estimator, policy.fitted_on.samples) == ("prompt", 0)
    assert policy.regressor is not None
    assert "--probe" not in policy.fitted_on.command


def test_the_report_goes_where_it_is_asked_for(tmp_path: Path) -> None:
    shown = fathom(*words(tmp_path, "--report", "told")).stdout
    assert "report    told" in shown
    assert sorted(file.name for file in Path("told").iterdir()) == [
        "report.html",
        "report.json",
        "report.png",
    ]


def test_a_policy_says_how_sure_an_answer_is_and_by_whose_scores(tmp_path: Path) -> None:
    fathom(*words(tmp_path, n=24))
    policy = read(Path("p.yaml"))
    assert policy.confidence
    assert policy.scorer == "shares_of_b"
