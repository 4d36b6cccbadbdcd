"""`fathom ifd` as a user runs it: on the model that comes along, without configuration."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.app.conftest import FATHOM

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]
SENTENCE = "The quick brown fox jumps over the lazy dog."
PAIRS = [
    {"instruction": f"Repeat this sentence exactly: {SENTENCE}", "output": SENTENCE},
    {"instruction": "Write two sentences about what bees do for gardens.",
     "output": "Bees pollinate the flowers of many garden plants, so that fruit and seeds can "
               "form. Without them, harvests of squash and berries would be much smaller."},
    {"instruction": "How do I boil an egg?",
     "output": "The treaty was signed in Vienna by the ministers of five countries, who then left "
               "for their capitals."},
]  # fmt: skip


def test_what_an_instruction_says_of_its_response_is_in_the_scores(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, PAIRS)))
    command = [FATHOM, "ifd", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=170)
    told = json.loads(done.stdout)
    repeated, related, beside = [one["ifd"] for one in told["samples"]]
    assert repeated < 0.1 < related < 0.6
    assert beside > 1
    assert told["samples"][0]["r_ifd"] < told["samples"][2]["r_ifd"]
    assert told["usage"]["flops"] > 0
