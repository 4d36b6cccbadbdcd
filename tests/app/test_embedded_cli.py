import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scorers.head import read_head
from tests.app.cli_world import dataset
from tests.app.labelled import sums

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]
FATHOM = Path(sys.executable).with_name("fathom")


def fathom(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return subprocess.run(
        [FATHOM, *words], cwd=folder, capture_output=True, text=True, timeout=170, check=False
    )


def test_a_real_model_answers_on_the_command_line(tmp_path: Path) -> None:
    done = fathom(tmp_path, "ask", "What is 2+2?", "--tokens", "40", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["text"]
    assert 0 < answer["usage"]["total"]["completion_tokens"] <= 40
    assert answer["usage"]["total"]["flops"] > 0
    assert answer["stop"] in ("finished", "budget")


def test_a_real_model_is_evaluated_and_the_run_resumed(tmp_path: Path) -> None:
    words = ("eval", str(dataset(tmp_path, 3)), "--strategy", "sample", "--tokens", "10", "--json")
    first, second = (json.loads(fathom(tmp_path, *words).stdout) for _ in range(2))
    assert (first["n"], first["errors"], first["resumed"], second["resumed"]) == (3, 0, 0, 3)
    assert first["tokens"] == second["tokens"] > 0


def test_a_real_models_judge_is_calibrated(tmp_path: Path) -> None:
    words = (str(sums(tmp_path)), "--scorer", "judge", "--out", "c.json", "--json")
    done = fathom(tmp_path, "calibrate-scorer", *words)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["fitted_on"]["n"], told["fitted_on"]["left_out"]) == (30, {})
    assert told["curve"]["slope"] > 0
    before, after = (told["measures"][when]["within_question_auc"] for when in ("before", "after"))
    assert before == after


def test_a_head_is_trained_on_a_real_models_states(tmp_path: Path) -> None:
    words = ("--data", str(sums(tmp_path)), "--out", "a.head.json", "--folds", "2", "--json")
    done = fathom(tmp_path, "train-head", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["tried"]["judges"]["head"]["within_question_auc"]["value"] > 0.5
    head = read_head(tmp_path / "a.head.json")
    assert (head.width, head.provenance.base) == (576, "SmolLM2-135M-Instruct")
    assert head.known.rewards


def test_a_real_model_judges_two_answers_or_what_it_says_is_told_of(tmp_path: Path) -> None:
    rows = {"a.jsonl": "Paris.", "b.jsonl": "I do not know.", "prompts.jsonl": "?"}
    for name, response in rows.items():
        row = {"prompt": "What is the capital of France?", "response": response}
        (tmp_path / name).write_text(json.dumps(row))
    words = ("a.jsonl", "b.jsonl", "--prompts", "prompts.jsonl", "--judge-tokens", "40")
    done = fathom(tmp_path, "compare", *words, "--out", "records.jsonl", "--json")
    told, record = json.loads(done.stdout), (tmp_path / "records.jsonl").read_text().splitlines()[1]
    assert (done.returncode, told["judged"] + told["unreadable"], told["failed"]) == (0, 1, 0)
    assert (told["judge"]["calls"], told["judge"]["completion_tokens"] > 0) == (2, True)
    assert all(json.loads(record)[order]["reply"] for order in ("ab", "ba"))


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    command = [FATHOM, "eval", str(dataset(tmp_path, 200)), "--strategy", "sample"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert process.stderr.readline().startswith("asking 200 questions; records go to .cache")
        children = [os.pidfd_open(int(child)) for child in _children(process.pid)]
        process.send_signal(signal.SIGINT)
        complained = process.communicate(timeout=30)[1]
    assert (process.returncode, complained.count("\n")) == (130, 1)
    assert children
    assert all(select.select([child], [], [], 10)[0] for child in children)
    for child in children:
        os.close(child)


def _children(pid: int) -> list[str]:
    """Return the processes a process has started, and those they have."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    own = [child for task in tasks for child in task.read_text().split()]
    return own + [grandchild for child in own for grandchild in _children(int(child))]
