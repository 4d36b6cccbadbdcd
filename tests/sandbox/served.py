"""A server of sandboxes in a process of its own, as another program would start it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[2]
ENDLESS = "while True: pass"


@dataclass(frozen=True)
class Served:
    """A server that runs, and a client of it."""

    process: Process
    client: httpx2.AsyncClient

    async def execute(self, program: str, **more: Any) -> httpx2.Response:
        body = {"files": [{"name": "main.py", "content": program}], **more}
        return await self.client.post("/execute", json=body)

    async def endless(self) -> None:
        """Run a program that does not end, until the server does."""
        with suppress(httpx2.TransportError):
            await self.execute(ENDLESS)

    async def told(self) -> dict[str, Any]:
        return dict((await self.client.get("/ready")).json())

    async def until(self, **wanted: int) -> None:
        """Ask until as many run and wait as is wanted."""
        async with asyncio.timeout(20):
            while not wanted.items() <= (await self.told()).items():
                pass


@asynccontextmanager
async def serving(*command: str, key: str | None = None) -> AsyncIterator[Served]:
    """Start a server, and end it and see it end."""
    env = os.environ | ({"FATHOM_SANDBOX_KEY": key} if key else {})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *(command or ("sandbox",)), cwd=ROOT, env=env, stdout=PIPE
    )
    try:
        assert process.stdout
        async with asyncio.timeout(30):
            line = await process.stdout.readline()
            while b"http" not in line:
                line = await process.stdout.readline()
        url = json.loads(line)["address"] if line.startswith(b"{") else line.split()[-1].decode()
        async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
            yield Served(process, client)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.communicate()


def started_by(process: int) -> set[int]:
    """Return the processes that a process started, and that those did, but for the dead."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, _, fields = stat.read_text().rpartition(") ")
            state, parent = fields.split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    found, waiting = set[int](), [process]
    while waiting:
        below = {pid for pid, parent in parents.items() if parent == waiting[-1]}
        waiting = waiting[:-1] + list(below)
        found |= below
    return found


def lives(process: int) -> bool:
    """Whether a process does anything still."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def environment_of(process: int) -> bytes:
    """Return what a process was given in its environment."""
    try:
        return Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return b""
