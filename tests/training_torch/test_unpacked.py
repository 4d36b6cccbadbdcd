"""A base that comes as a GGUF file, as the model that comes along does."""

from pathlib import Path

import pytest
import torch

from engines.llamacpp import shipped_model
from tests.app.cli_world import fathom
from training.tuning.errors import BadBase
from training.tuning.models import logits
from training.tuning.unpacked import unpacked

pytestmark = pytest.mark.train


@pytest.mark.timeout(180)
def test_the_model_that_comes_along_is_unpacked_and_can_be_saved(tmp_path: Path) -> None:
    base = unpacked(shipped_model())
    base.model.save_pretrained(tmp_path / "saved")
    ids = base.tokenize("The capital of France is", False)
    with torch.inference_mode():
        likeliest = int(logits(base.model.eval(), [ids])[0, -1].argmax())
    assert base.tokenizer.decode([likeliest]) == " Paris"
    assert "<|im_start|>" in base.tokenizer.chat_template


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    file = tmp_path / "no.gguf"
    file.write_bytes(b"nothing")
    with pytest.raises(BadBase, match=r"no\.gguf is no language model"):
        unpacked(file)


def test_the_command_says_so_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "no.gguf"
    file.write_bytes(b"nothing")
    (tmp_path / "pairs.jsonl").write_text('{"instruction": "Hi", "output": "Hello"}\n')
    flags = ("--data", str(tmp_path / "pairs.jsonl"), "--out", str(tmp_path / "out"))
    result = fathom("train", "sft", "--base", str(file), *flags)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
