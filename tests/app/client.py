"""The service on a fake engine, and requests to it without a socket."""

from typing import Any

import httpx2
from fastapi import FastAPI

from app.main import create_app
from app.opening import Opening
from app.policies import PolicyFile
from app.service import Service
from app.settings import Settings
from engines.fake import FakeEngine
from scorers.base import Scorer
from tests.search.world import LastWord, SharesOfB, Silent, a_or_b

ASK = {"model": "fathom", "messages": [{"role": "user", "content": "6*7?"}]}
BEAM = {"strategy": {"kind": "beam_search", "n": 6, "width": 3}}


def a_service(engine: FakeEngine | None = None, **settings: Any) -> Service:
    scorers: dict[str, Scorer] = {scorer.name: scorer for scorer in (SharesOfB(), Silent())}
    kinds = {name: {"kind": "confidence"} for name in scorers}
    told = {"scorers": kinds, "scorer": ("shares_of_b",)} | settings
    known = Settings(**told)
    policy = None if known.policy is None else PolicyFile(known.policy, "fake", known.step_end)
    drawn_by = engine or FakeEngine(a_or_b)
    return Service(known, drawn_by, LastWord(), scorers, started=1e9, policy=policy)


def an_app(engine: FakeEngine | None = None, **settings: Any):
    return create_app(Opening(a_service(engine, **settings)))


async def ask(engine: FakeEngine | None = None, path: str = "/v1/chat/completions", **body: Any):
    """Post a chat completion."""
    return await call("POST", path, engine, json=ASK | body)


async def call(method: str, path: str, engine: FakeEngine | None = None, **how: Any):
    return await call_app(an_app(engine), method, path, **how)


async def call_app(app: FastAPI, method: str, path: str, **how: Any):
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, **how)
