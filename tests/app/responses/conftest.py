"""A database, and the service with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.store import Store, open_store
from engines.fake import FakeEngine
from tests.app.responses.world import an_app, speaking
from tests.search.world import a_or_b


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "fathom.db") as store:
        yield store


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(a_or_b)


@pytest.fixture
async def client(store: Store, engine: FakeEngine) -> AsyncIterator[httpx2.AsyncClient]:
    async with speaking(an_app(store, engine)) as client:
        yield client
