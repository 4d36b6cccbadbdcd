"""Asks transformers, in the environment that has it, what it makes of a model's folder."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.vllm.servers import ENVIRONMENT, ROOT

# One thread: two that wait for each other take minutes on a machine that others use.
VARIABLES = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Answer:
    """What transformers makes of a question: see `tests.vllm.greedy`."""

    prompt: str
    ids: list[int]
    state: list[float]
    drawn: list[int]


@dataclass(frozen=True)
class Told:
    """What transformers makes of texts and questions."""

    texts: list[list[int]]
    answers: list[Answer]


def ask(
    folder: Path,
    *questions: str,
    texts: Sequence[str] = (),
    pauses: int = 0,
    most: int = 40,
) -> Told:
    """Have it answer questions behind so many pauses, and read texts."""
    asked = {"texts": list(texts), "questions": questions, "pauses": pauses, "most": most}
    program = [str(ENVIRONMENT / "bin" / "python"), "-m", "tests.vllm.greedy"]
    said = subprocess.run(
        [*program, str(folder), json.dumps(asked)],
        env=os.environ | VARIABLES, cwd=ROOT, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    told = json.loads(said.stdout)
    return Told(told["texts"], [Answer(**answer) for answer in told["answers"]])
