"""A service that keeps things, on the fake engine, and requests to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from app.callers import Caller
from app.keys.limits import SCOPES
from app.main import create_app
from app.opening import Opening
from app.store import Store, open_store
from engines.fake import FakeEngine
from tests.app.client import ASK, a_service

CHAT, TRACES = "/v1/chat/completions", "/v1/search/traces"
CALLERS = {
    "ann": Caller("ann"),
    "bob": Caller("bob"),
    "admin": Caller("root", SCOPES),
    "unkept": Caller("unkept", kept=False),
}


def called(app: FastAPI):
    """Say who asks as whatever checks keys does: here it is who a header names."""

    async def outer(scope, receive, send):
        headers = dict(scope.get("headers", ()))
        if (name := headers.get(b"x-caller")) is not None:
            scope["fathom.caller"] = CALLERS[name.decode()]
        await app(scope, receive, send)

    return outer


def an_app(store: Store | None, engine: FakeEngine | None = None, **settings: Any) -> FastAPI:
    return create_app(Opening(replace(a_service(engine, **settings), store=store)))


def asking(app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(called(app), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="http://test")


@asynccontextmanager
async def keeping(
    where: Path | str, engine: FakeEngine | None = None, **settings: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    opening = open_store(where, upgrading=True)
    async with opening as store, asking(an_app(store, engine, **settings)) as client:
        yield client


async def kept(client: httpx2.AsyncClient, who: str = "ann", **body: Any) -> dict[str, Any]:
    """Ask for a search that is kept, and return the completion."""
    search = {"keep": True} | body.pop("search", {})
    asked = ASK | body | {"search": search}
    response = await client.post(CHAT, json=asked, headers={"x-caller": who})
    assert response.status_code == 200, response.text
    return response.json()


async def got(client: httpx2.AsyncClient, path: str, who: str = "ann", **query: Any) -> Any:
    response = await client.get(path, params=query, headers={"x-caller": who})
    assert response.status_code == 200, response.text
    return response.json()


async def refused(
    client: httpx2.AsyncClient, method: str, path: str, who: str = "ann", **how: Any
) -> tuple[int, str, str | None]:
    """Return the status, the code and the field of an error."""
    response = await client.request(method, path, headers={"x-caller": who}, **how)
    error = response.json()["error"]
    return response.status_code, error["code"], error["param"]
