"""`python -m tests.fuzz`: ten thousand requests made of the OpenAPI document; none may be a fault.

A fault is a 5xx, an answer that is not as the document has it, or one that does not come. Requests
are made without a key and with one. The last line says how many passed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.fuzz.keeping import kept, naming
from tests.fuzz.narrowing import named, narrowed

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".venv-fuzz" / "bin"
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance",
          "unsupported_method", "allow_header_conformance")  # fmt: skip
CASE_SECONDS = 20
"""A case that takes longer hangs; so long because machines are shared."""
_COUNT = re.compile(r"^  (\d+) generated", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """Requests of one kind: of which document, made how, and how many random ones of a route."""

    document: Callable[[dict[str, Any]], dict[str, Any]]
    phases: str
    cases: int
    known: bool


RUNS = (
    # Every bound, type and word of the schemas, one after the other: most of the ten thousand.
    Run(named, "examples,coverage,fuzzing", 4, known=True),
    Run(narrowed, "fuzzing", 24, known=True),
    Run(narrowed, "fuzzing", 6, known=False),
)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """Start the service; give its address, and a key."""
    command = [sys.executable, "-m", "tests.fuzz.service", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process.stdout.readline().strip()
        finally:
            process.terminate()


def fuzz(address: str, document: Path, run: Run, key: str, seed: int) -> int:
    """Make the requests of a run; return the number of cases, 0 if one was a fault."""
    shown = ("--header", f"Authorization: Bearer {key}") if run.known else ()
    command = [str(BIN / "schemathesis"), "run", str(document), "--url", address,
               "--checks", ",".join(CHECKS), "--phases", run.phases,
               "--max-examples", str(run.cases), "--seed", str(seed), "--continue-on-failure",
               "--request-timeout", str(CASE_SECONDS), "--warnings", "off", *shown]  # fmt: skip
    done = subprocess.run(command, cwd=document.parent, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout + done.stderr)
    found = _COUNT.search(done.stdout)
    return int(found[1]) if found and done.returncode == 0 else 0


def valid(document: str) -> bool:
    """Say whether the document is one of OpenAPI 3.1."""
    command = [str(BIN / "openapi-spec-validator"), "--schema", "3.1", "-"]
    return subprocess.run(command, input=document, text=True, check=False).returncode == 0


def main() -> int:
    """Fuzz with a key and without; 1 if there was a fault."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=20)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (address, key):
        document = httpx2.get(f"{address}/openapi.json", timeout=60).json()
        fine, counts = valid(json.dumps(document)), []
        document = naming(document, kept(address, key))
        for i, run in enumerate(RUNS):
            path = Path(folder) / f"{i}.json"
            path.write_text(json.dumps(run.document(document)))
            counts.append(fuzz(address, path, run, key, told.seed))
    failed = counts.count(0) + (not fine)
    sys.stdout.write(f"{sum(counts)} passed, {failed} of {len(RUNS) + 1} runs failed\n")
    return min(1, failed)


if __name__ == "__main__":
    sys.exit(main())
