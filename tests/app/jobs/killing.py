"""Servers that are killed while they do jobs, and what is true of the jobs all the same.

A server is a real `fathom serve`, in front of a model server that answers after 30 ms.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import httpx2

FATHOM = str(Path(sys.executable).with_name("fathom"))
CHAT = "/v1/chat/completions"
JOBS = {"concurrency": 8, "lease_seconds": 3, "poll_seconds": 0.1, "losses": 1000}
PATIENCE_SECONDS = 120


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@contextmanager
def an_engine() -> Iterator[str]:
    """A model server that answers after 30 ms; its address. It ends with its standard input."""
    command = [sys.executable, "-m", "benchmarks.mock", "--port", "0", "--latency", "30"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        yield process.stdout.readline().strip()


@dataclass
class Server:
    """One server on a database, started again whenever it was killed."""

    engine: str
    database: str
    log: Any = subprocess.DEVNULL
    process: subprocess.Popen[str] | None = None
    url: str = ""

    def start(self) -> None:
        if self.process is not None:
            return
        own = {"FATHOM_DATABASE": self.database, "FATHOM_JOBS": json.dumps(JOBS)}
        command = [FATHOM, "serve", "--port", "0", "--engine-url", self.engine]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=os.environ | own
        )
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("  address"):
                self.url = line.split()[1].removesuffix("/v1")
                return
        raise AssertionError("the server did not come up")

    def end(self, how: signal.Signals) -> int | None:
        """End the process by a signal, if there is one; return what it exits with."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(how)
        assert process.stdout
        process.stdout.close()
        return process.wait(PATIENCE_SECONDS)


@dataclass
class Trial:
    """Servers on one database, killed at random while batches are put.

    `accepted` are the batches that a server said it had accepted, and the names of their lines.
    """

    engine: str
    servers: list[Server]
    chance: Random
    accepted: dict[str, list[str]] = field(default_factory=dict)

    def round(self) -> None:
        """Put batches until a server is killed, after so many calls of the model as chance says."""
        for server in self.servers:
            server.start()
        calls = self.calls() + self.chance.randint(1, 40)
        doomed = self.chance.sample(self.servers, self.chance.randint(1, len(self.servers)))

        def kill() -> None:
            until(lambda: self.calls() >= calls, "the models are not called")
            for server in doomed:
                server.end(signal.SIGKILL)

        killer = Thread(target=kill)
        killer.start()
        # Until then, or there might be too little to do for so many calls.
        while killer.is_alive():
            with suppress(httpx2.TransportError):
                self.put(self.chance.choice(self.servers), self.chance.choice((1, 1, 12)))
        killer.join()

    def finish(self) -> dict[str, Any]:
        """Let the servers end what there is; return the batches that were accepted."""
        for server in self.servers:
            server.start()
        until(lambda: all(b["status"] == "completed" for b in self._batches()), "batches are left")
        return {batch["id"]: batch for batch in self._batches()}

    def answered(self, batch: Any) -> list[str]:
        """Return the names of the lines that were answered."""
        path = f"{self.servers[0].url}/v1/files/{batch['output_file_id']}/content"
        return [json.loads(line)["custom_id"] for line in httpx2.get(path).text.splitlines()]

    def put(self, server: Server, lines: int) -> None:
        names = [f"{len(self.accepted)}.{i}" for i in range(lines)]
        content = "".join(json.dumps(_line(name)) + "\n" for name in names)
        files, data = {"file": ("b.jsonl", content.encode())}, {"purpose": "batch"}
        file = httpx2.post(f"{server.url}/v1/files", files=files, data=data).json()["id"]
        body = {"input_file_id": file, "endpoint": CHAT, "completion_window": "24h"}
        answer = httpx2.post(f"{server.url}/v1/batches", json=body)
        if answer.status_code == 200:
            self.accepted[answer.json()["id"]] = names

    def _batches(self) -> list[Any]:
        url = f"{self.servers[0].url}/v1/batches"
        # A client of each request's own takes longer than the request.
        with httpx2.Client(timeout=30) as client:
            return [client.get(f"{url}/{batch}").json() for batch in self.accepted]

    def calls(self) -> int:
        return int(httpx2.get(f"{self.engine}/_stats").json()["calls"])


def _line(name: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": name}]
    body = {"model": "fathom", "messages": messages, "reasoning_effort": "none"}
    return {"custom_id": name, "method": "POST", "url": CHAT, "body": body}


@contextmanager
def a_trial(database: str, servers: int, seed: int) -> Iterator[Trial]:
    """Servers that are not running yet, and do not any more when the block ends."""
    with an_engine() as engine, ExitStack() as stack:
        known = [Server(engine, database) for _ in range(servers)]
        for server in known:
            stack.callback(server.end, signal.SIGTERM)
        yield Trial(engine, known, Random(seed))
