"""`fathom train pause`, with torch."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.cli_world import fathom
from tests.training_torch.test_pause import PAIRS, TEXTS, base
from training.tuning.report import RECORD

SMALL = ("--learning-rate", "0.01", "--batch", "4", "--validation", "0.2", "--device", "cpu")


@pytest.fixture
def train(tmp_path: Path) -> Callable:
    """Run the command with data of both kinds, and a base on disk."""
    made = base()
    made.model.save_pretrained(tmp_path / "base")
    made.tokenizer.save_pretrained(tmp_path / "base")
    (tmp_path / "texts.jsonl").write_text("".join(f"{json.dumps({'text': t})}\n" for t in TEXTS))
    (tmp_path / "pairs.jsonl").write_text("".join(f"{json.dumps(p.row)}\n" for p in PAIRS))

    def run(data: str, *words: str):
        given = {"--data": data, "--base": "base", "--out": "out"}
        flags = [word for flag, name in given.items() for word in (flag, str(tmp_path / name))]
        return fathom("train", "pause", *words, *flags, *SMALL)

    return run


def test_it_pretrains_on_texts(train, tmp_path) -> None:
    result = train("texts.jsonl", "--stage", "pretrain", "--length", "16", "--share", "0.2")
    assert result.exit_code == 0, result.stderr
    assert "data      rows of text: " in result.stdout
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert (record["settings"]["share"], record["settings"]["epochs"]) == (0.2, 1)
    assert record["notes"]["pause"] == {"stages": ["pretrain"], "pauses": None}


def test_it_finetunes_on_pairs_and_says_how_they_are_served(train, tmp_path) -> None:
    (tmp_path / "pause.yaml").write_text("pauses: 5\nepochs: 2\n")
    config = ("--config", str(tmp_path / "pause.yaml"))
    result = train("pairs.jsonl", "--stage", "finetune", *config, "--epochs", "1")
    assert result.exit_code == 0, result.stderr
    assert "data      8 pairs, 0 without a response: 6 learnt from, 2 held out" in result.stdout
    assert "to be served with `pause_tokens: 5`" in result.stdout


def test_data_of_the_other_stage_is_one_sentence(train) -> None:
    result = train("pairs.jsonl", "--stage", "pretrain", "--length", "16")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "pairs.jsonl, line 1: has no text as `text`" in result.stderr
