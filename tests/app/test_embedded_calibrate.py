"""A policy for the laboratory's reasoner, from problems it has never seen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.lab.problems import draw_problems
from search.policy import read

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]
FATHOM = Path(sys.executable).with_name("fathom")
WORDS = ("calibrate", "--data", "lab.jsonl", "--model", "lab-reasoner", "--budgets", "1,4",
         "--bins", "1", "--probe", "2", "--json")  # fmt: skip


def calibrate(folder: Path) -> tuple[dict, str]:
    done = subprocess.run(
        [FATHOM, *WORDS], cwd=folder, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_a_policy_is_fitted_to_a_real_model_and_the_run_resumed(tmp_path: Path) -> None:
    lines = ({"question": p.question, "answer": str(p.answer)} for p in draw_problems(7, 6))
    (tmp_path / "lab.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    (first, said), (again, resumed) = (calibrate(tmp_path) for _ in range(2))
    assert "1 searched for (beam_search)" in said
    assert "at most 0 searches" in resumed
    assert first == again
    assert (first["questions"], first["left_out"], first["live"]) == (6, {}, 1)
    policy = read(tmp_path / "policy.yaml")
    assert (policy.model, policy.bins[1].entries[-1].budget) == (
        "lab-reasoner", first["table"][-1]["budget"])  # fmt: skip
    assert policy.bins[1].plain.accuracy.value > 0.5
