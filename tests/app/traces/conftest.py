from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.app.traces.world import keeping


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with keeping(tmp_path / "kept.db") as client:
        yield client
