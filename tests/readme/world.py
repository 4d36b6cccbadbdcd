"""Where the examples run: the installed command, a server of it, and an empty folder."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evaluation.lab.problems import draw_problems
from tests.app.labelled import sums
from tests.evaluation.matched.world import trio
from tests.readme.checks import true

ROOT = Path(__file__).parents[2]
README_ADDRESS = "http://localhost:8000"
FATHOM = str(Path(sys.executable).with_name("fathom"))
PATIENCE_SECONDS = 180.0

_QUESTIONS = '{"question": "What is 2 + 2?", "answer": "4"}\n'
_SOLUTIONS = """\
{"messages": [{"role": "user", "content": "What is 2 + 2?"}], "solutions": ["It is 4.", "It is 5."]}
"""
_PAIRS = """\
{"instruction": "Name a river in France.", "output": "The Seine."}
{"instruction": "Say when the shop opens.", "input": "Open from 9 to 5.", "output": "At 9."}
"""
_SAMPLES = '{"question": "What is 2 + 2?", "truth": "4", "solutions": ["It is 4.", "It is 5."]}\n'
_ADDRESS = re.compile(r"^ +address +(http://\S+)/v1$")
_STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class World:
    """A server at `address`, and the folder that commands run in."""

    address: str
    folder: Path

    def here(self, text: str) -> str:
        """Return an example with the server's address in place of the README's."""
        return text.replace(README_ADDRESS, self.address)

    def run(self, command: Sequence[str]) -> str:
        """Run a command to its end and return what it printed.

        Raises:
            Wrong: it failed.
        """
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True,
            env=_environment(self.folder), timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        true(done.returncode == 0, "exit code 0", f"{done.returncode}: {done.stderr}{done.stdout}")
        return done.stdout


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Run a server with nothing configured on a free port, until the context ends."""
    (folder / "questions.jsonl").write_text(_QUESTIONS)
    (folder / "solutions.jsonl").write_text(_SOLUTIONS)
    sums(folder)
    trio(folder)
    problems = ({"question": p.question, "answer": p.answer} for p in draw_problems(7, 6))
    (folder / "problems.jsonl").write_text("\n".join(map(json.dumps, problems)))
    (folder / "samples.jsonl").write_text(_SAMPLES)
    (folder / "pairs.jsonl").write_text(_PAIRS)
    command = [FATHOM, "serve", "--port", "0"]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=_environment(folder),
        )
        try:
            yield World(_address(process, folder / "serve.log"), folder)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def _address(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout
    for line in process.stdout:
        if found := _ADDRESS.match(line.rstrip()):
            return found[1]
    raise RuntimeError(f"`fathom serve` ended without an address:\n{log.read_text()}")


def _environment(folder: Path) -> dict[str, str]:
    """Leave out what would configure Fathom, as the examples assume; keep what it keeps here."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("FATHOM_")}
    return own | {"XDG_STATE_HOME": str(folder)}
