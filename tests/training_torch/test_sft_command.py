"""`fathom train sft`, with torch."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.cli_world import fathom
from tests.training_torch.students import ANSWERS, PAIRS, answer, saved, student
from training.tuning.report import RECORD, serving_embedded

LEARN = ("--learning-rate", "0.005", "--epochs", "60", "--batch", "2", "--micro-tokens", "256")


@pytest.fixture
def sft(tmp_path: Path) -> Callable:
    """Run the command on a file of pairs, with a base on disk."""
    made = student()
    made.model.save_pretrained(tmp_path / "base")
    made.tokenizer.save_pretrained(tmp_path / "base")
    rows = [pair.row for pair in PAIRS] + [{"instruction": "Nothing?", "output": ""}]
    (tmp_path / "pairs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    given = {"--data": "pairs.jsonl", "--base": "base", "--out": "out"}
    flags = [word for flag, name in given.items() for word in (flag, str(tmp_path / name))]
    return lambda *words: fathom("train", "sft", *flags, *words)


def test_a_student_of_the_command_knows_its_answers(sft, tmp_path) -> None:
    result = sft(*LEARN, "--validation", "0", "--gguf")
    assert result.exit_code == 0, result.stderr
    assert "data      5 pairs, 1 without a response: 4 learnt from, 0 held out" in result.stdout
    assert f"serve     vllm serve {tmp_path / 'out'}\n" in result.stdout
    assert f"or        {serving_embedded(tmp_path / 'out')}" in result.stdout
    assert result.stderr == ""
    made = saved(tmp_path / "out")
    assert {asked: answer(made, asked) for asked in ANSWERS} == {
        asked: f"{answered}<|im_end|>" for asked, answered in ANSWERS.items()
    }


def test_the_report_has_the_loss_before_and_after_and_is_in_the_directory(sft, tmp_path) -> None:
    result = sft("--json", "--epochs", "1", "--validation", "0.25", "--seed", "3")
    report = json.loads(result.stdout)
    assert report == json.loads((tmp_path / "out" / RECORD).read_text())
    assert report["held_out"]["before"] > 0
    assert report["held_out"]["after"] > 0
    assert (report["settings"]["seed"], report["settings"]["batch"]) == (3, 128)


def test_flags_win_over_the_file_of_settings(sft, tmp_path) -> None:
    (tmp_path / "sft.yaml").write_text("epochs: 2\nseed: 7\nlora: 2\nlora_targets: [q_proj]\n")
    pytest.importorskip("peft")
    result = sft("--config", str(tmp_path / "sft.yaml"), "--seed", "8", "--json",
                 "--lora-targets", "v_proj", "--lora-targets", "o_proj")  # fmt: skip
    settings = json.loads(result.stdout)["settings"]
    assert (settings["epochs"], settings["seed"], settings["lora"]) == (2, 8, 2)
    assert settings["lora_targets"] == ["v_proj", "o_proj"]


def test_what_is_no_pair_is_a_sentence_and_code_1(sft, tmp_path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"text": "no"}\n')
    result = sft()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path / 'pairs.jsonl'}, line 1: has none of")
