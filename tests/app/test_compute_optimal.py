"""`fathom lab compute-optimal` as it is asked for, and once for real."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.lab.problems import draw_problems
from search.policy import write
from search.strategies import BestOfN
from tests.app.cli_world import fathom
from tests.search.world import advising, policy

FATHOM = Path(sys.executable).with_name("fathom")
WORDS = ("lab", "compute-optimal")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lab", "prm-vs-orm", "--budgets", "1,4"), "`compute-optimal` alone has it"),
        ((*WORDS, "--samples", "4"), "`compute-optimal` has none"),
        ((*WORDS, "--policy", "p.yaml", "--budgets", "4,1"), "--budgets rise"),
        ((*WORDS, "--policy", "p.yaml", "--budgets", "4,8", "--live-up-to", "2"), "--live-up-to"),
        ((*WORDS, "--policy", "p.yaml", "--budgets", "1,2"), "--probe"),
        ((*WORDS, "--policy", "p.yaml", "--problems", "twice.jsonl"), "--problems"),
    ],
)
def test_flags_that_make_no_sense_are_refused(words, said, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").touch()
    (tmp_path / "twice.jsonl").write_text('{"question": "4+2=?"}\n' * 5)
    result = fathom(*words)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


@pytest.mark.embedded
@pytest.mark.timeout(180)
def test_it_measures_the_reasoner_as_it_is_served(tmp_path: Path) -> None:
    lines = (json.dumps({"question": one.question}) for one in draw_problems(7, 5))
    (tmp_path / "held.jsonl").write_text("\n".join(lines))
    best = advising(BestOfN(n=4), tokens=200)
    write(policy(best, best, model="lab-reasoner", scorer="prm"), tmp_path / "p.yaml")
    words = (*WORDS, "--problems", "held.jsonl", "--policy", "p.yaml", "--budgets", "1,4",
             "--probe", "2", "--plot", "found.png", "--json")  # fmt: skip
    done = subprocess.run(
        [FATHOM, *words], cwd=tmp_path, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["problems"], told["left_out"], told["sizes"]) == (5, {}, [1, 4])
    assert "compute_ratio_sequential" in told["figures"]
    assert (tmp_path / "found.png").stat().st_size > 0
