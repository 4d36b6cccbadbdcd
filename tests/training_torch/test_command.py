"""`fathom train`, with torch."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.cli_world import fathom
from tests.training.solutions import example, sums
from tests.training_torch.bases import base
from training.examples import write_examples
from training.tuning.report import RECORD

SECONDS = 30


@pytest.fixture
def train(tmp_path: Path) -> Callable:
    """Run the command on a file of data, with a base on disk."""
    made = base()
    made.model.save_pretrained(tmp_path / "base")
    made.tokenizer.save_pretrained(tmp_path / "base")
    write_examples(tmp_path / "data.jsonl", [*sums(6), example()])
    given = {"--data": "data.jsonl", "--base": "base", "--out": "out"}
    flags = [word for flag, name in given.items() for word in (flag, str(tmp_path / name))]
    return lambda *words: fathom("train", *words, *flags, "--batch-tokens", "256")


def test_the_report_says_how_well_it_does_and_how_it_is_served(train, tmp_path) -> None:
    result = train("prm", "--validation", "0.3")
    assert result.exit_code == 0, result.stderr
    assert "data      37 solutions: 24 learnt from, 12 held out; 1 without a label" in result.stdout
    assert f"serve     vllm serve {tmp_path / 'out'} --runner pooling" in result.stdout
    assert "within a question, by product: AUC 0." in result.stdout
    assert result.stderr == ""


def test_flags_win_over_the_file_of_settings(train, tmp_path) -> None:
    (tmp_path / "train.yaml").write_text("epochs: 3\nseed: 7\nbetas: [0.8, 0.9]\n")
    result = train("orm", "--config", str(tmp_path / "train.yaml"), "--seed", "8", "--json")
    report = json.loads(result.stdout)
    assert (report["settings"]["epochs"], report["settings"]["seed"]) == (3, 8)
    assert (report["settings"]["kind"], report["settings"]["betas"]) == ("orm", [0.8, 0.9])
    assert report == json.loads((tmp_path / "out" / RECORD).read_text())


def test_ctrl_c_keeps_what_was_learnt_and_the_same_command_goes_on(train, tmp_path) -> None:
    words = ("prm", "--epochs", "40", "--checkpoint-every", "1", "--patience", "10000")

    def press() -> None:
        kept = tmp_path / "out.unfinished" / "checkpoint.pt"
        for _ in range(SECONDS * 100):
            if kept.exists():
                break
            threading.Event().wait(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    stopped = train(*words)
    assert stopped.exit_code == 130
    assert "what was learnt is kept, go on with: fathom" in stopped.stderr
    assert train(*words).exit_code == 0


def test_what_is_in_the_way_is_a_sentence_and_code_1(train, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    result = train("prm")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path / 'out'} is there already")
