import json
import subprocess
import sys
from pathlib import Path

import pytest

from training.pairs import read_pairs

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]
FATHOM = Path(sys.executable).with_name("fathom")
PAIRS = Path(__file__).parents[2] / "docs" / "examples" / "pairs.jsonl"


def recycle(folder: Path, *words: str) -> str:
    """Run the installed command; return what it prints."""
    command = [FATHOM, "recycle", str(PAIRS), "--teacher", "fathom", "--out", "out", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=170, check=True)
    return done.stdout.decode()


def test_a_real_model_teaches_and_learns(tmp_path: Path) -> None:
    report = json.loads(recycle(tmp_path, "--limit", "1", "--max-tokens", "8", "--json"))
    assert (report["samples"], report["failed"], report["teacher"]["calls"]) == (1, {}, 2)
    assert report["measures"]["ifd"]["all_before"]["value"] > 0
    assert len(list(read_pairs(tmp_path / "out" / "recycled.jsonl"))) == report["kept"]


def test_the_pairs_to_try_it_on_are_two_hundred_different_ones() -> None:
    assert len({pair.instruction for pair in read_pairs(PAIRS)}) == 200
