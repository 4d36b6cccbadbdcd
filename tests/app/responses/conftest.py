"""A database, and the service with it; where the marker is asked for, a Postgres too."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.store import Store, open_store
from engines.fake import FakeEngine
from tests.app.jobs.conftest import postgres  # noqa: F401 - a fixture
from tests.app.responses.world import an_app, speaking
from tests.search.world import a_or_b


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.jobs)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    sqlite = request.param == "sqlite"
    where = tmp_path / "fathom.db" if sqlite else request.getfixturevalue("postgres")
    async with open_store(where, upgrading=True) as store:
        yield store


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(a_or_b)


@pytest.fixture
async def client(store: Store, engine: FakeEngine) -> AsyncIterator[httpx2.AsyncClient]:
    async with speaking(an_app(store, engine)) as client:
        yield client
