"""How large a request may be."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.keys.body_cap import BodyCap
from app.keys.caps import Caps
from tests.app.client import ASK, an_app, call_app
from tests.app.keys.world import CHAT, a_world, bearer, code

SMALL = {"body_bytes": 1_000}


async def pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b" " * 100


@pytest.mark.parametrize("said", [True, False])
async def test_a_body_that_is_too_large_is_refused_whatever_it_says_of_itself(said: bool) -> None:
    content = b" " * 1_100 if said else pieces(1_100)
    app = an_app(caps=SMALL)
    refused = await call_app(app, "POST", CHAT, content=content, headers=bearer("sk"))
    assert code(refused) == (413, "body_too_large")
    assert refused.headers["connection"] == "close"
    assert "1000 bytes" in refused.json()["error"]["message"]


async def test_a_body_as_large_as_may_be_is_taken() -> None:
    app = an_app(caps=SMALL)
    padded = ASK | {"user": "a" * 850}
    assert len(httpx2.Request("POST", "http://a", json=padded).content) < 1_000
    assert (await call_app(app, "POST", CHAT, json=padded)).status_code == 200


async def test_a_body_is_not_read_before_its_key_is(tmp_path: Path) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError
        yield b""

    async with a_world(tmp_path) as world:
        assert code(await call_app(world.app, "POST", CHAT, content=unread())) == (
            401,
            "invalid_api_key",
        )


def test_files_have_a_cap_of_their_own() -> None:
    caps = Caps(body_bytes=10, upload_bytes=20)
    assert (caps.bytes_at("/v1/files"), caps.bytes_at(CHAT)) == (20, 10)


async def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    sent = []

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    async def receive():
        return {"type": "http.request", "body": b"too large", "more_body": True}

    async def send(message) -> None:
        sent.append(message["type"])

    with pytest.raises(Exception, match="1 bytes"):
        await BodyCap(app, 1)({"type": "http", "headers": []}, receive, send)
    assert sent == ["http.response.start"]


async def test_a_conversation_that_is_too_long_is_refused() -> None:
    app = an_app(caps={"messages": 2})
    messages = [{"role": "user", "content": "?"}] * 3
    refused = await call_app(app, "POST", CHAT, json={"model": "fathom", "messages": messages})
    assert code(refused) == (400, "too_many_messages")
    assert refused.json()["error"]["param"] == "messages"


@pytest.mark.parametrize(
    "strategy",
    [
        {"kind": "best_of_n", "n": 9},
        {"kind": "beam_search", "n": 12, "width": 4},
        {"kind": "revisions", "chains": 3, "length": 3},
        {
            "kind": "ensemble",
            "members": [{"kind": "best_of_n", "n": 5}, {"kind": "majority", "n": 4}],
        },
    ],
)
async def test_a_strategy_that_is_too_large_is_refused(strategy) -> None:
    app = an_app(caps={"solutions": 8})
    refused = await call_app(app, "POST", CHAT, json=ASK | {"search": {"strategy": strategy}})
    assert code(refused) == (400, "strategy_too_large")
    assert refused.json()["error"]["param"] == "search.strategy"
