"""Running the cases of a program in a sandbox, all in one execution.

What runs there is `scorers.programs.harness`. Knows what came of each case, and not what was to
come of it.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from sandbox.wire import MEBIBYTE, Executed, Execution, File, Limits
from scorers.base import ScorerUnavailable
from scorers.programs.sandbox import Sandbox

Case: TypeAlias = dict[str, JsonValue]
"""What the harness takes: a test without what is to come of it."""

_HARNESS = Path(__file__).with_name("harness.py")
_REFUSED = 3
_MARGIN_SECONDS = 2.0
_BATCH_BYTES = 12 * MEBIBYTE
_LINE_BYTES = 16 * 1024
_MOST_BYTES = 48 * MEBIBYTE
_LONGEST = 16 * MEBIBYTE


class TestLimits(BaseModel):
    """What the tests of one program may use."""

    __test__ = False  # pytest takes the class for tests otherwise
    model_config = ConfigDict(frozen=True, extra="forbid")

    case_seconds: float = Field(default=3.0, gt=0, le=60, description="of one test")
    seconds: float = Field(default=30.0, gt=0, le=110, description="of all tests of a program")
    memory_bytes: int = Field(
        default=512 * MEBIBYTE, ge=64 * MEBIBYTE, le=8192 * MEBIBYTE, description="a process"
    )


@dataclass(frozen=True, slots=True)
class Returned:
    """The value that the harness encoded; statements that held returned `None`."""

    value: object


@dataclass(frozen=True, slots=True)
class Printed:
    """What a program printed that ended well."""

    text: str


@dataclass(frozen=True, slots=True)
class Broke:
    """Why a case came to nothing, in a line."""

    reason: str


Ran: TypeAlias = Returned | Printed | Broke
"""What came of a case."""


async def run_cases(
    sandbox: Sandbox, program: str, cases: Sequence[Case], limits: TestLimits, most: int = 65536
) -> tuple[list[Ran], float]:
    """Run (N,) cases of a program; return what came of each, and the seconds that took.

    They are one execution, or a few if they are over 12 MiB together.

    Args:
        sandbox: where to run.
        program: its source.
        cases: see `Case`.
        limits: of time and memory.
        most: the bytes of what a case may say or print.

    Raises:
        ScorerUnavailable: the sandbox cannot run anything, or not the harness.
    """
    ran: list[Ran] = []
    seconds = 0.0
    for batch in _batches(cases):
        executed = await sandbox.execute(_execution(program, batch, limits, most))
        if executed.exit_code == _REFUSED:
            raise ScorerUnavailable("the sandbox has no means to keep tests from a program")
        ran += _ran(executed, batch, limits)
        seconds += executed.seconds
    return ran, seconds


def _batches(cases: Sequence[Case]) -> Iterator[list[Case]]:
    batch: list[Case] = []
    size = 0
    for case in cases:
        more = len(json.dumps(case))
        if batch and size + more > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(case)
        size += more
    if batch:
        yield batch


def _execution(program: str, cases: Sequence[Case], limits: TestLimits, most: int) -> Execution:
    job = {
        "program": program,
        "cases": cases,
        "seconds": limits.seconds,
        "case_seconds": limits.case_seconds,
        "most": most,
    }
    stdin = json.dumps(job, ensure_ascii=False).encode(errors="replace").decode()
    if len(stdin) > _LONGEST:
        raise ScorerUnavailable("a program and one of its tests are too large to be run")
    # A byte is 4/3 of a character on the way here.
    output = min(_MOST_BYTES, len(cases) * (most * 2 + _LINE_BYTES))
    return Execution(
        files=(File(name="harness.py", content=_harness()),),
        stdin=stdin,
        limits=Limits(
            seconds=limits.seconds + _MARGIN_SECONDS,
            cpu_seconds=int(limits.seconds + _MARGIN_SECONDS),
            memory_bytes=limits.memory_bytes,
            output_bytes=output,
        ),
    )


@cache
def _harness() -> str:
    return _HARNESS.read_text()


def _ran(executed: Executed, cases: Sequence[Case], limits: TestLimits) -> list[Ran]:
    # A line without an end was cut off by a limit.
    lines = executed.stdout.split("\n")[:-1]
    told = [json.loads(line) for line in lines[: len(cases)]]
    if not told and executed.ended == "exit":
        last = (executed.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ScorerUnavailable(f"the sandbox does not run tests: {last[:200]}")
    pairs = zip(told, cases, strict=False)
    ran = [_one(said, case, limits) for said, case in pairs]
    missing = Broke(_unrun(executed, limits))
    return ran + [missing] * (len(cases) - len(ran))


def _unrun(executed: Executed, limits: TestLimits) -> str:
    if executed.ended == "time" or executed.exit_code == 0:
        return f"time ran out after {limits.seconds:g} s for all tests"
    return f"the run was ended before this test: {executed.ended}"


def _one(said: dict[str, Any], case: Case, limits: TestLimits) -> Ran:
    out, err = _text(said["out"]), _text(said["err"])
    reason = {
        "time": f"time ran out after {limits.case_seconds:g} s",
        "output": "it printed or returned too much",
        "signal": f"it was ended by signal {said['status']}{_last(err)}",
    }.get(said["ended"])
    if reason is not None:
        return Broke(reason)
    if case["kind"] == "stdio":
        bad = said["status"] != 0
        return Broke(f"exit status {said['status']}{_last(err)}") if bad else Printed(out)
    if said["said"] is None:
        return Broke(f"it ended before the test did, with exit status {said['status']}{_last(err)}")
    return _told(_text(said["said"]))


def _told(said: str) -> Ran:
    """Read what a program's own process says, which may be anything."""
    try:
        told = json.loads(said)
        return Broke(str(told["error"])) if "error" in told else Returned(told["value"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Broke("it said something that is no result")


def _last(err: str) -> str:
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return f": {lines[-1][:300]}" if lines else ""


def _text(data: str) -> str:
    try:
        return base64.b64decode(data).decode(errors="replace")
    except binascii.Error as error:
        raise ScorerUnavailable("the sandbox cut a line of its answer") from error
