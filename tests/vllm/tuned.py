"""Makes a student by `fathom train sft`, and says what it learnt. Runs inside `.venv-vllm`.

Its base is a Llama of some thousand weights that has learnt nothing and reads bytes.
"""

import json
import sys
from pathlib import Path

from app.cli import create_cli
from tests.training_torch.students import CHATML, PAIRS, student
from training.sft.chat import Encoder
from training.sft.student import chat_of, opened

TEMPLATES = {"own": CHATML, "none": None}
"""What template the base has."""


def make(folder: Path, template: str | None) -> None:
    """Write the base, the pairs, the student, and the rows it was trained on."""
    base = student(template)
    base.model.save_pretrained(folder / "base")
    base.tokenizer.save_pretrained(folder / "base")
    (folder / "pairs.jsonl").write_text("".join(f"{json.dumps(pair.row)}\n" for pair in PAIRS))
    given = {
        "--data": folder / "pairs.jsonl", "--base": folder / "base", "--out": folder / "student",
        "--learning-rate": 0.005, "--epochs": 60, "--batch": 2, "--micro-tokens": 256,
        "--validation": 0,
    }  # fmt: skip
    words = [str(word) for flag in given.items() for word in flag]
    create_cli()(["train", "sft", *words, "--gguf"], standalone_mode=False)
    encoder = Encoder(chat_of(opened(folder / "base")))
    rows = [encoder.encode(pair) for pair in PAIRS]
    said = [{"ids": row.ids, "prompt": row.targets.index(True)} for row in rows]
    (folder / "rows.json").write_text(json.dumps(said))


if __name__ == "__main__":
    for name, template in TEMPLATES.items():
        (Path(sys.argv[1]) / name).mkdir()
        make(Path(sys.argv[1]) / name, template)
