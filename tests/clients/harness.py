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


def run(address: str, model: str, task: str, folder: Path, *flags: str) -> Run:
    """Evaluate a model of the service on a task; `folder` is for its files."""
    where = f"model={model},base_url={address}/v1/chat/completions,max_retries=1"
    command = [str(PYTHON), "-m", "lm_eval", "run", "--model", "local-chat-completions",
               "--model_args", where, "--tasks", task, "--include_path", ".",
               "--apply_chat_template", "--log_samples", "--output_path", str(folder / "out"),
               *flags]  # fmt: skip
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "hf")}
    done = subprocess.run(
        command, cwd=TASKS, env=os.environ | offline, capture_output=True, text=True, check=False
    )
    results = [json.loads(path.read_text()) for path in folder.glob("out/**/results_*.json")]
    samples = [json.loads(line) for path in folder.glob("out/**/samples_*.jsonl")
               for line in path.read_text().splitlines()]  # fmt: skip
    return Run(done.returncode, done.stdout + done.stderr, results[0] if results else {}, samples)
