"""The service with a database and its jobs, on a fake engine, asked without a socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from app.jobs.config import JobsConfig
from app.jobs.jobs import Clock
from app.jobs.opening import working
from app.keys.gate import Gate
from app.keys.issue import Issued, issue
from app.keys.limits import Limits
from app.keys.rates import Rates
from app.main import create_app
from app.metrics import Metrics
from app.opening import Opening
from app.service import Service
from app.store import Job, JobNotFound, open_store
from app.store.keys import add_key
from engines.fake import FakeEngine
from tests.app.client import a_service
from tests.app.keys.world import bearer

QUICK = {"lease_seconds": 3, "poll_seconds": 0.1, "retry_seconds": 0}
CHAT = "/v1/chat/completions"


@dataclass
class World:
    app: FastAPI
    service: Service
    opening: Opening
    key: Issued | None = None
    """Whose key requests come with, if any."""

    async def new_key(self, **limits: Any) -> Issued:
        """Make a key, and come with it from now on."""
        self.key = issue("somebody", ("chat", "traces"), Limits.model_validate(limits))
        assert self.service.store
        await add_key(self.service.store, self.key.key)
        return self.key

    async def call(self, method: str, path: str, **how: Any) -> httpx2.Response:
        headers = bearer(self.key and self.key.secret)
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, **how)

    async def get(self, path: str) -> Any:
        return (await self.call("GET", path)).json()

    async def send(self, content: bytes, **fields: str) -> httpx2.Response:
        data = {"purpose": "batch"} | fields
        return await self.call("POST", "/v1/files", data=data, files={"file": ("b.jsonl", content)})

    async def batch(self, *lines: Any, **fields: Any) -> Any:
        """Put a batch of these lines, and return it."""
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        file = (await self.send(content)).json()["id"]
        body = {"input_file_id": file, "endpoint": CHAT, "completion_window": "24h"} | fields
        return (await self.call("POST", "/v1/batches", json=body)).json()

    async def until(self, batch: Any, *statuses: str) -> Any:
        """Return a batch once it has one of these statuses."""
        async with asyncio.timeout(30):
            while True:
                known = await self.get(f"/v1/batches/{batch['id']}")
                if known["status"] in statuses:
                    return known
                await asyncio.sleep(0.03)

    async def job(self, name: str, true: Callable[[Job], bool] = lambda job: job.over) -> Job:
        """Return a job once it is there and something is true of it."""
        assert self.service.jobs
        async with asyncio.timeout(30):
            while True:
                with suppress(JobNotFound):
                    if true(job := await self.service.jobs.get(name)):
                        return job
                await asyncio.sleep(0.03)

    async def lines(self, file: str) -> list[Any]:
        answer = await self.call("GET", f"/v1/files/{file}/content")
        return [json.loads(line) for line in answer.content.splitlines()]


def line(name: str, **fields: Any) -> dict[str, Any]:
    """Return a request for a plain sample."""
    messages = [{"role": "user", "content": name}]
    body = {"model": "fathom", "messages": messages, "reasoning_effort": "none"} | fields
    return {"custom_id": name, "method": "POST", "url": CHAT, "body": body}


def echo(request: Any, _: int) -> str:
    return f"You said {request.prompt.conversation.messages[-1].content}."


@asynccontextmanager
async def a_world(
    where: Path,
    engine: FakeEngine | None = None,
    jobs: dict[str, Any] | None = None,
    clock: Clock = time.time,
    **settings: Any,
) -> AsyncIterator[World]:
    config = JobsConfig(**(QUICK | (jobs or {})))
    async with open_store(where / "a.db") as store:
        bare = a_service(engine or FakeEngine(echo), jobs=config, **settings)
        opening = Opening(replace(bare, store=store, gate=Gate(rates=Rates(clock))))
        async with working(opening.service, Metrics(), opening.current, clock) as service:
            opening.swap(service)
            yield World(create_app(opening), service, opening)
