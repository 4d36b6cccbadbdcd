"""Teaches a small model to pause, by `fathom train pause`. Runs inside `.venv-vllm`.

Its base is a Llama of some thousand weights that has learnt nothing and reads bytes.
"""

import json
import sys
from pathlib import Path

from app.cli import create_cli
from tests.training_torch.students import student
from tests.vllm.paused_data import PAIRS, PAUSES, TEXTS

FAST = ("--learning-rate", "0.005", "--batch", "4", "--validation", "0", "--device", "cpu")


def train(data: Path, base: Path, out: Path, *words: str) -> None:
    given = {"--data": data, "--base": base, "--out": out}
    flags = [str(word) for flag in given.items() for word in flag]
    create_cli()(["train", "pause", *words, *flags, *FAST], standalone_mode=False)


def main(folder: Path) -> None:
    base = student()
    base.model.save_pretrained(folder / "base")
    base.tokenizer.save_pretrained(folder / "base")
    texts, pairs = folder / "texts.jsonl", folder / "pairs.jsonl"
    texts.write_text("".join(f"{json.dumps({'text': text})}\n" for text in TEXTS))
    pairs.write_text("".join(f"{json.dumps(row)}\n" for row in PAIRS))
    train(texts, folder / "base", folder / "pre", "--stage", "pretrain", "--length", "32")
    stage = ("--stage", "finetune", "--pauses", str(PAUSES), "--epochs", "60", "--gguf")
    train(pairs, folder / "pre", folder / "fine", *stage)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
