"""A service that wants keys, a database with some, and requests that come with one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from app.keys.issue import issue
from app.keys.limits import Limits
from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.store import Store, open_store
from app.store.keys import add_key
from engines.fake import FakeEngine
from tests.app.client import ASK, a_service, call_app

CHAT = "/v1/chat/completions"
SCOPES = ("chat",)


@dataclass(frozen=True)
class World:
    """An app, its service and its database."""

    app: FastAPI
    service: Service
    store: Store

    async def key(self, *scopes: str, days: float | None = None, **limits: Any) -> str:
        """Make a key, and return its secret."""
        issued = issue("somebody", scopes or SCOPES, Limits.model_validate(limits), days)
        await add_key(self.store, issued.key)
        return issued.secret

    async def get(self, path: str, secret: str | None = None) -> httpx2.Response:
        return await call_app(self.app, "GET", path, headers=bearer(secret))

    async def ask(self, secret: str | None = None, path: str = CHAT, **body: Any):
        """Post a chat completion."""
        return await self.post(path, secret, ASK | body)

    async def post(self, path: str, secret: str | None, body: dict[str, Any]) -> httpx2.Response:
        return await call_app(self.app, "POST", path, json=body, headers=bearer(secret))


def bearer(secret: str | None) -> dict[str, str]:
    return {} if secret is None else {"authorization": f"Bearer {secret}"}


def code(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


@asynccontextmanager
async def a_world(
    folder: Path, engine: FakeEngine | None = None, **settings: Any
) -> AsyncIterator[World]:
    """Open a service that wants keys."""
    async with open_store(folder / "keys.db") as store:
        told = {"keys": "required"} | settings
        service = replace(a_service(engine, **told), store=store)
        yield World(create_app(Opening(service)), service, store)
