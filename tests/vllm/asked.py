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
class Told:
    """What transformers says: see `tests.vllm.greedy`."""

    texts: list[list[int]]
    prompt: str
    pause: int | None
    ids: list[int]
    state: list[float]
    drawn: list[int]


def ask(
    folder: Path, question: str, *, texts: Sequence[str] = (), pauses: int = 0, most: int = 40
) -> Told:
    """Have it answer a question behind so many pauses, and read texts."""
    asked = {"texts": list(texts), "question": question, "pauses": pauses, "most": most}
    program = [str(ENVIRONMENT / "bin" / "python"), "-m", "tests.vllm.greedy"]
    said = subprocess.run(
        [*program, str(folder), json.dumps(asked)],
        env=os.environ | VARIABLES, cwd=ROOT, check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return Told(**json.loads(said.stdout))
