"""lm-evaluation-harness, run as its users run it: a process, against an address."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-clients"
PYTHON = ENVIRONMENT / "bin" / "python"
TASKS = Path(__file__).parent / "tasks"


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended, what it said, and the files that it wrote."""

    code: int
    said: str
    results: dict[str, Any]
    samples: list[dict[str, Any]]

    @property
    def answers(self) -> list[str]:
        """What the service answered, by the order of the questions."""
        rising = sorted(self.samples, key=lambda sample: sample["doc_id"])
        return [sample["resps"][0][0] for sample in rising]


CHAT = ("local-chat-completions", "chat/completions", "max_retries=1", "--apply_chat_template")
"""How the harness asks: its name for that, the route, settings and flags."""
TEXT = ("local-completions", "completions",
        "max_retries=1,tokenizer_backend=None,tokenized_requests=False")  # fmt: skip


def run(address: str, model: str, task: str, folder: Path, *flags: str,
        way: tuple[str, ...] = CHAT) -> Run:  # fmt: skip
    """Evaluate a model of the service on a task; `folder` is for its files."""
    kind, route, settings, *others = way
    where = f"model={model},base_url={address}/v1/{route},{settings}"
    command = [str(PYTHON), "-m", "lm_eval", "run", "--model", kind,
               "--model_args", where, "--tasks", task, "--include_path", ".",
               "--log_samples", "--output_path", str(folder / "out"),
               *others, *flags]  # fmt: skip
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "hf")}
    done = subprocess.run(
        command, cwd=TASKS, env=os.environ | offline, capture_output=True, text=True, check=False
    )
    results = [json.loads(path.read_text()) for path in folder.glob("out/**/results_*.json")]
    samples = [json.loads(line) for path in folder.glob("out/**/samples_*.jsonl")
               for line in path.read_text().splitlines()]  # fmt: skip
    return Run(done.returncode, done.stdout + done.stderr, results[0] if results else {}, samples)
