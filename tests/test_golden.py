"""Searches recorded on a real vLLM and a real PRM give the same answers when replayed."""

import httpx2
import pytest

from search.strategies import KINDS
from tests.recordings import GOLDEN, Recording, comparable

FILES = sorted(GOLDEN.glob("*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_recorded_search_is_answered_the_same_again(path) -> None:
    recorded = Recording.read(path)
    transport = httpx2.ASGITransport(recorded.app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post("/v1/chat/completions", json=recorded.request)
    assert response.status_code == 200, response.text
    assert comparable(response.json()) == comparable(recorded.response)


def test_every_strategy_is_recorded() -> None:
    assert {path.stem for path in FILES} == set(KINDS)
