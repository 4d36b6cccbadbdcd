"""A sandbox that was started, and waits for the one job it will ever have.

Knows processes and descriptors. Knows nothing of how a job is judged (`run`) or of pools (`warm`).
"""

import asyncio
import json
import os
import signal
import socket
from asyncio.subprocess import PIPE, Process
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.bubblewrap import command_line
from sandbox.errors import StartFailed
from sandbox.filter import filter_descriptor
from sandbox.identity import Identity
from sandbox.interpreter import Interpreter
from sandbox.languages import Language

_PATIENCE_SECONDS, _GRACE_SECONDS = 20.0, 2.0
_READY = b"ready\n"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a sandbox is made from. `filter` is of system calls, `proc` whether there is a /proc."""

    bubblewrap: Path
    language: Language
    interpreter: Interpreter
    identity: Identity
    filter: bytes
    proc: bool


@dataclass(slots=True)
class Sandbox:
    """One sandbox, for one job.

    Attributes:
        process: bubblewrap, outside.
        init: the first process inside, by its number outside.
        handle: a descriptor of that process, which no other process can come to have.
        report: what the sandbox says, line by line.
        control: takes the job; closing it ends the run.
        disk_bytes: of what the program may write.
        language: what it waits for programs in.
    """

    process: Process
    init: int
    handle: int
    report: asyncio.StreamReader
    control: asyncio.StreamWriter
    disk_bytes: int
    language: Language
    _ended: bool = field(default=False)

    @property
    def waiting(self) -> bool:
        """Whether it is still there, and can be given a job."""
        return self.process.returncode is None and not self.report.at_eof()

    def kill(self) -> None:
        """Kill everything inside, at once. Bubblewrap, outside, then ends."""
        if not self._ended:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    async def end(self) -> None:
        """Kill what is left, and wait until nothing is."""
        if self._ended:
            return
        self.kill()
        self._ended = True
        try:
            await _ended(self.handle)
        finally:
            os.close(self.handle)
            self.control.close()
            await _gone(self.process)


async def start(recipe: Recipe, disk_bytes: int) -> Sandbox:
    """Start a sandbox, and return it when it waits for its job.

    Raises:
        StartFailed: it did not come to that.
    """
    try:
        return await _start(recipe, disk_bytes)
    except TimeoutError as error:
        raise StartFailed(f"no sandbox within {_PATIENCE_SECONDS:.0f} s") from error
    except OSError as error:
        raise StartFailed(f"{recipe.bubblewrap} cannot be run: {error.strerror}") from error


async def _start(recipe: Recipe, disk_bytes: int) -> Sandbox:
    with ExitStack() as stack:
        ours, theirs = socket.socketpair()
        stack.callback(ours.close)
        stack.callback(theirs.close)
        info, told = os.pipe()
        stack.callback(os.close, info)
        stack.callback(os.close, told)
        process = await _spawn(recipe, disk_bytes, theirs.fileno(), told)
        theirs.close()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                # A duplicate: whatever happens, the stack closes ours.
                report, control = await asyncio.open_connection(sock=ours.dup())
                init, handle = await _greeted(process, report, control, info)
        except BaseException:
            ours.close()  # what waits inside ends with it
            await _gone(process)
            raise
    return Sandbox(process, init, handle, report, control, disk_bytes, recipe.language)


async def _spawn(recipe: Recipe, disk_bytes: int, control: int, info: int) -> Process:
    seccomp = filter_descriptor(recipe.filter)
    command = [
        *recipe.identity.prefix,
        *command_line(
            recipe.bubblewrap, needs=recipe.interpreter.needs, disk_bytes=disk_bytes,
            proc=recipe.proc, seccomp=seccomp, info=info,
        ),
        *recipe.language.waiting(recipe.interpreter, control),
    ]  # fmt: skip
    try:
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd="/", env={},
            start_new_session=True, pass_fds=(control, seccomp, info),
            **recipe.identity.quick,
        )  # fmt: skip
    finally:
        os.close(seccomp)


async def _greeted(
    process: Process, report: asyncio.StreamReader, control: asyncio.StreamWriter, info: int
) -> tuple[int, int]:
    """Wait until a sandbox says it is ready; return its first process, and a descriptor of it."""
    try:
        if await report.read(len(_READY)) == _READY:
            init = _init(info)
            return init, os.pidfd_open(init)
    except BaseException:
        control.close()
        raise
    control.close()
    raise StartFailed(await _complaint(process))


def _init(info: int) -> int:
    """Return the process that bubblewrap said is the first one inside."""
    os.set_blocking(info, False)
    try:
        return int(json.loads(os.read(info, 1 << 16))["child-pid"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartFailed("bubblewrap did not say which process it started") from error


async def _complaint(process: Process) -> str:
    assert process.stderr
    said = (await process.stderr.read(1 << 16)).decode(errors="replace").strip()
    return f"a sandbox did not start: {said or 'it said nothing'}"


async def _ended(handle: int) -> None:
    """Wait until a process has ended, with all it was the first of; bubblewrap may end before."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(handle, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(handle)
    # If we are the first process of a container, what bubblewrap leaves behind is ours to bury.
    with suppress(ChildProcessError):
        os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOHANG)  # noqa: ASYNC222 - does not wait


async def _gone(process: Process) -> None:
    """Wait for a process, and let go of its pipes."""
    assert process.stdin
    process.stdin.close()
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    # The only way to let go of pipes that something else still holds open.
    process._transport.close()  # type: ignore[attr-defined]
