"""The service on a fake engine and a database, spoken to by OpenAI's own client and by hand."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
from fastapi import FastAPI
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from app.jobs.config import JobsConfig
from app.jobs.jobs import Jobs
from app.jobs.opening import working
from app.keys.issue import Issued, issue
from app.keys.limits import Limits
from app.main import create_app
from app.metrics import Metrics
from app.opening import Opening
from app.store import Store
from app.store.keys import add_key
from engines.fake import FakeEngine
from tests.app.client import a_service
from tests.app.keys.world import bearer

PATH = "/v1/responses"
ASK = {"model": "fathom", "input": "6*7?"}
BEST = {"strategy": {"kind": "best_of_n", "n": 4}}
SAMPLE = {"strategy": "sample"}
EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
OURS = ("search.progress", "search.restarted", "response.cancelled")
"""Events that OpenAI does not have."""


def an_app(store: Store | None, engine: FakeEngine | None = None, **settings: Any) -> FastAPI:
    """An app that does no jobs."""
    jobs = None if store is None else Jobs(store, {}, JobsConfig())
    return create_app(Opening(replace(a_service(engine, **settings), store=store, jobs=jobs)))


@asynccontextmanager
async def at_work(
    store: Store, engine: FakeEngine | None = None, **settings: Any
) -> AsyncIterator[FastAPI]:
    """An app beside which jobs are done."""
    opening = Opening(replace(a_service(engine, **settings), store=store))
    async with working(opening.service, Metrics(), opening.current) as whole:
        opening.swap(whole)
        yield create_app(opening)


async def a_key(store: Store, **limits: Any) -> Issued:
    """Make a key."""
    issued = issue("somebody", ("chat", "traces"), Limits.model_validate(limits))
    await add_key(store, issued.key)
    return issued


@asynccontextmanager
async def speaking(app: Any, key: Issued | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    headers = bearer(key and key.secret)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://test", headers=headers
    ) as client:
        yield client


@asynccontextmanager
async def openai_of(app: Any) -> AsyncIterator[AsyncOpenAI]:
    async with speaking(app) as http:
        yield AsyncOpenAI(base_url="http://test/v1", api_key="x", max_retries=0, http_client=http)


async def asked(client: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    """Return a response; it is one as OpenAI's types have it."""
    answer = await client.post(PATH, json=ASK | body)
    assert answer.status_code == 200, answer.text
    Response.model_validate(answer.json(), strict=True)
    return answer.json()


async def refused(client: httpx2.AsyncClient, **body: Any) -> tuple[int, str, str | None]:
    """Return the status, code and field of a refusal."""
    answer = await client.post(PATH, json=ASK | body)
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


def events_of(text: str) -> list[dict[str, Any]]:
    """Return the events of a stream; they are OpenAI's, or ours."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block.startswith("event: ")]
    events = [json.loads(block[1].removeprefix("data: ")) for block in blocks]
    for block, event in zip(blocks, events, strict=True):
        assert block[0] == f"event: {event['type']}"
        if event["type"] not in OURS:
            EVENT.validate_python(event, strict=True)
    return events


def kinds_of(events: list[dict[str, Any]]) -> list[str]:
    """Return the types of events, those in a row once."""
    kinds = [event["type"].removeprefix("response.") for event in events]
    return [kind for i, kind in enumerate(kinds) if i == 0 or kinds[i - 1] != kind]


def text_of(body: dict[str, Any]) -> str:
    return "".join(p["text"] for i in body["output"] for p in i.get("content", ()))


def said_to(engine: FakeEngine) -> list[tuple[str, str]]:
    """Return the roles and words of the last conversation that an engine was shown."""
    return [(m.role, m.content) for m in engine.seen[-1].prompt.conversation.messages]


async def told(client: httpx2.AsyncClient, response: str, after: int = -1) -> list[dict[str, Any]]:
    """Return the events of a response in the background, once it has ended."""
    how = {"stream": "true", "starting_after": after}
    return events_of((await client.get(f"{PATH}/{response}", params=how)).text)
