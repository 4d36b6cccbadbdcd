"""Servers of our own: started, watched, started again, and never left behind.

Knows processes and patience. Knows nothing of models or HTTP: whoever starts a child says what
healthy means. Every child runs under `engines.tether`, so it ends with us however we end.
"""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from engines.errors import EngineError, EngineUnavailable
from engines.tasks import Beside

_TETHER = Path(__file__).with_name("tether.py")
_GRACE_SECONDS = 10.0
_TAIL_LINES = 50
_LONGEST_LINE_BYTES = 2**20
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as a child's keeper sees it, in seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, in seconds; `strikes` failed checks in a row mean it is stuck."""

    start: float = 300.0
    poll: float = 0.1
    check: float = 5.0
    answer: float = 10.0
    strikes: int = 3
    first_restart: float = 1.0
    last_restart: float = 30.0
    proven: float = 60.0


class Child:
    """A server process, kept up inside `async with`, which must be left by the task that entered.

    It is started again when it ends or is stuck, after a second, then two, four, up to thirty;
    from a second again once it has been healthy for a minute.

    Args:
        command: program and arguments. No secrets: everyone on the machine can read them.
        name: of the child, in logs and errors.
        healthy: returns if the server can answer now; raises `EngineError` or `OSError` if not.
        env: added to our own environment variables.
        hear: told each line the child prints.
        patience: how long to wait for what.
        clock: of the keeper.

    Attributes:
        restarts: how often it was started again.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        healthy: Callable[[], Awaitable[None]],
        env: Mapping[str, str] | None = None,
        hear: Callable[[str], None] = lambda _: None,
        patience: Patience = Patience(),
        clock: Clock = Clock(),
    ) -> None:
        self.name, self.restarts = name, 0
        self._command, self._env = tuple(command), dict(env or {})
        self._healthy, self._hear = healthy, hear
        self._patience, self._clock = patience, clock
        self._log = _log.bind(child=name)
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._news = asyncio.Event()
        self._failure: str | None = None
        self._up_since: float | None = None
        self._keeping = Beside(self._keep)

    async def __aenter__(self) -> Self:
        await self._keeping.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._keeping.__aexit__(kind, error, trace)

    async def ready(self) -> None:
        """Wait until the server is healthy.

        Raises:
            EngineUnavailable: this start failed; the message ends with what the child said last.
        """
        await self._news.wait()
        if self._failure is not None:
            raise EngineUnavailable(self._failure)

    async def _keep(self) -> None:
        wait = self._patience.first_restart
        while True:
            try:
                why = await self._run()
            except OSError as error:
                why = f"could not be run: {error.strerror}"
            self._failure = "\n".join((f"{self.name} {why}", *self._tail))
            self._news.set()
            if self._proven():
                wait = self._patience.first_restart
            self._log.warning("child is down", why=why, seconds_to_restart=wait)
            await self._clock.sleep(wait)
            wait = min(2 * wait, self._patience.last_restart)
            self.restarts += 1

    def _proven(self) -> bool:
        up = 0.0 if self._up_since is None else self._clock.now() - self._up_since
        return up >= self._patience.proven

    async def _run(self) -> str:
        """Start the child and stay with it; return why it is no more."""
        self._news.clear()
        self._failure = self._up_since = None
        self._tail.clear()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(_TETHER), "--grace", str(_GRACE_SECONDS),
            "--", *self._command,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=_LONGEST_LINE_BYTES,
            env=os.environ | self._env, start_new_session=True,
        )  # fmt: skip
        try:
            return await self._watch(process)
        finally:
            await _end(process)

    async def _watch(self, process: Process) -> str:
        assert process.stdout
        assert process.stderr
        async with asyncio.TaskGroup() as group:
            said = [
                group.create_task(self._read(pipe)) for pipe in (process.stdout, process.stderr)
            ]
            stuck = group.create_task(self._check())
            ended = group.create_task(process.wait())
            await asyncio.wait((stuck, ended), return_when=asyncio.FIRST_COMPLETED)
            why = f"ended with status {ended.result()}" if ended.done() else stuck.result()
            stuck.cancel()
            await _end(process)
            # What it started may hold the pipes open; what it said last is in them by now.
            await asyncio.wait(said, timeout=1)
            for reader in said:
                reader.cancel()
        return why

    async def _check(self) -> str:
        """Return what is wrong, once something is."""
        clock, patience = self._clock, self._patience
        deadline = clock.now() + patience.start
        while not await self._answers():
            if clock.now() >= deadline:
                return f"was not up after {patience.start:.0f} s"
            await clock.sleep(patience.poll)
        self._up_since = clock.now()
        self._news.set()
        self._log.info("child is up")
        strikes = 0
        while strikes < patience.strikes:
            await clock.sleep(patience.check)
            strikes = 0 if await self._answers() else strikes + 1
        return "stopped answering health checks"

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self._patience.answer):
                await self._healthy()
        except (EngineError, OSError):
            return False
        return True

    async def _read(self, pipe: asyncio.StreamReader) -> None:
        while data := await _line(pipe):
            line = data.decode(errors="replace").rstrip()
            self._tail.append(line)
            self._log.info(line)
            self._hear(line)


async def _line(pipe: asyncio.StreamReader) -> bytes:
    try:
        return await pipe.readline()
    except ValueError:  # longer than a line has any business to be; asyncio dropped it
        return b"(a line too long to show)\n"


async def _end(process: Process) -> None:
    """Close the tether and wait for what it held; kill it if that takes too long."""
    assert process.stdin
    process.stdin.close()
    try:
        async with asyncio.timeout(_GRACE_SECONDS + 5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
