"""One job in one sandbox: fed, listened to, timed, and ended. Knows no pool and no HTTP."""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sandbox.languages import Language
from sandbox.memory import Memory, memory_below
from sandbox.started import Sandbox
from sandbox.wire import Ended, Executed, Execution

_GRACE_SECONDS = 0.5
"""How long a sandbox that was asked to end has to say how it went, before it is killed."""
_LOOK_SECONDS = 0.05
_CHUNK_BYTES = 1 << 16


@dataclass(slots=True)
class _Seen:
    """What is known of a run from outside: what it printed, and the memory it had."""

    stdout: bytes = b""
    stderr: bytes = b""
    memory_bytes: int = 0


async def run(sandbox: Sandbox, execution: Execution, *, memory_bytes: int) -> Executed:
    """Run a program in a sandbox that waits, and return how it went.

    The sandbox is of no further use; whoever started it has to end it, as after cancellation.

    Args:
        sandbox: waits for its job.
        execution: the job; its `disk_bytes` are the sandbox's.
        memory_bytes: that all its processes may have together.
    """
    seen = _Seen()
    over: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
    began = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        readers = _read_all(group, sandbox, execution, seen, over)
        feeding = group.create_task(_feed(sandbox, execution))
        watching = group.create_task(_watch(sandbox, memory_bytes, seen, over))
        why, report = await _until_over(group, sandbox, execution.limits.seconds, over)
        seconds = asyncio.get_running_loop().time() - began
        watching.cancel()
        sandbox.kill()
        await asyncio.wait(readers)  # the pipes end with what is left inside
        feeding.cancel()
    if why is None and over.done():  # perhaps only the last of the output was too much
        why = over.result()
    return _executed(execution, sandbox.language, seen, why=why, report=report, seconds=seconds)


def _read_all(
    group: asyncio.TaskGroup,
    sandbox: Sandbox,
    execution: Execution,
    seen: _Seen,
    over: asyncio.Future[Ended],
) -> list[asyncio.Task[None]]:
    most = execution.limits.output_bytes
    pipes = (("stdout", sandbox.process.stdout), ("stderr", sandbox.process.stderr))
    return [group.create_task(_read(pipe, most, name, seen, over)) for name, pipe in pipes if pipe]


async def _read(
    pipe: asyncio.StreamReader, most: int, name: str, seen: _Seen, over: asyncio.Future[Ended]
) -> None:
    """Read a pipe until it ends; keep `most` bytes, and say so if there are more."""
    kept, size = [], 0
    while data := await pipe.read(_CHUNK_BYTES):
        kept.append(data[: most - size])
        size += len(kept[-1])
        if len(kept[-1]) < len(data):
            _say(over, "output")
    setattr(seen, name, b"".join(kept))


async def _feed(sandbox: Sandbox, execution: Execution) -> None:
    job = execution.model_dump_json(include={"files", "limits"}).encode()
    sandbox.control.write(len(job).to_bytes(8, "big") + job)
    stdin = sandbox.process.stdin
    assert stdin
    # A program need not read its input, nor live to be given it.
    with suppress(ConnectionError):
        await sandbox.control.drain()
        stdin.write(execution.stdin.encode())
        await stdin.drain()
    with suppress(ConnectionError):
        stdin.close()
        await stdin.wait_closed()


async def _watch(
    sandbox: Sandbox, memory_bytes: int, seen: _Seen, over: asyncio.Future[Ended]
) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        memory: Memory = memory_below(sandbox.init, worrying=memory_bytes)
        seen.memory_bytes = max(seen.memory_bytes, memory.largest)
        if memory.together > memory_bytes:
            _say(over, "memory")


def _say(over: asyncio.Future[Ended], why: Ended) -> None:
    if not over.done():
        over.set_result(why)


async def _until_over(
    group: asyncio.TaskGroup, sandbox: Sandbox, seconds: float, over: asyncio.Future[Ended]
) -> tuple[Ended | None, Mapping[str, Any] | None]:
    """Wait until the program ends or has to; return why it had to, and what the sandbox said."""
    said = group.create_task(sandbox.report.readline())
    await asyncio.wait((said, over), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    why: Ended | None = None
    if not said.done():
        why = over.result() if over.done() else "time"
        sandbox.control.write_eof()
        await asyncio.wait((said,), timeout=_GRACE_SECONDS)
    if not said.done():
        said.cancel()
        return why, None
    line = said.result()
    return why, json.loads(line) if line else None


def _executed(
    execution: Execution,
    language: Language,
    seen: _Seen,
    *,
    why: Ended | None,
    report: Mapping[str, Any] | None,
    seconds: float,
) -> Executed:
    # Without a report the program took the process beside it along, or was killed from outside.
    status = report["status"] if report else signal.SIGKILL.value
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    stderr = seen.stderr.decode(errors="replace")
    if why is None:
        spent = report["cpu_seconds"] if report else 0.0
        why = _ended(code, number, spent >= execution.limits.cpu_seconds)
        if why == "exit" and code and language.exhausted(stderr):
            why = "memory"
    return Executed(
        stdout=seen.stdout.decode(errors="replace"),
        stderr=stderr,
        exit_code=code,
        signal=number,
        ended=why,
        seconds=report["seconds"] if report and why == "exit" else seconds,
        memory_bytes=max(seen.memory_bytes, report["memory_bytes"] if report else 0),
    )


def _ended(code: int | None, number: int | None, spent: bool) -> Ended:
    if code is not None:
        return "exit"
    if number == signal.SIGXCPU or (number == signal.SIGKILL and spent):
        return "cpu"
    return "signal"
