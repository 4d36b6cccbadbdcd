"""A request that is sent twice under one key is answered once."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.idempotency.asked import key_of, read
from app.idempotency.errors import KeyMalformed
from app.store import open_store
from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from tests.app.client import ASK
from tests.app.traces.world import CHAT, an_app, asking, keeping
from tests.search.world import a_or_b


@dataclass
class Failing:
    """An engine's reply that fails as often as it has errors left."""

    errors: list[Exception] = field(default_factory=list)

    def __call__(self, request, i: int) -> str:
        if self.errors:
            raise self.errors.pop()
        return a_or_b(request, i)


@pytest.fixture
def failing() -> Failing:
    return Failing()


@pytest.fixture
def engine(failing: Failing) -> FakeEngine:
    return FakeEngine(failing, latency=lambda _: 0.02)


@pytest.fixture
async def client(tmp_path: Path, engine: FakeEngine) -> AsyncIterator[httpx2.AsyncClient]:
    async with keeping(tmp_path / "keys.db", engine) as client:
        yield client


async def sent(client: httpx2.AsyncClient, key: str = "k", who: str = "ann", **body: Any):
    headers = {"idempotency-key": key, "x-caller": who}
    return await client.post(CHAT, json=ASK | {"search": {"strategy": "sample"}} | body,
                             headers=headers)  # fmt: skip


def told(response: httpx2.Response) -> tuple[int, str | None]:
    code = None if response.is_success else response.json()["error"]["code"]
    return response.status_code, code


@pytest.mark.parametrize("stream", [False, True])
async def test_the_same_request_has_the_same_answer(client, engine: FakeEngine, stream) -> None:
    first, again = [await sent(client, stream=stream) for _ in range(2)]
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(engine.seen) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_of_two_at_once_one_is_answered_and_the_other_sent_away(
    client, engine: FakeEngine, stream: bool
) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(sent(client, stream=stream)) for _ in range(2)]
    answered, away = sorted((task.result() for task in tasks), key=lambda r: r.status_code)
    assert (told(answered), told(away)) == ((200, None), (409, "idempotency_running"))
    assert (away.headers["retry-after"], away.headers["x-should-retry"]) == ("1", "true")
    assert (await sent(client, stream=stream)).content == answered.content
    assert len(engine.seen) == 1


@pytest.mark.parametrize("body", [{"seed": 3}, {"stream": True}])
async def test_another_request_under_the_same_key_is_refused(client, body: dict) -> None:
    await sent(client)
    assert told(await sent(client, **body)) == (422, "idempotency_mismatch")


async def test_a_key_is_of_its_caller_and_of_its_path(client) -> None:
    mine = await sent(client, who="ann")
    other = await sent(client, who="bob")
    assert mine.json()["id"] != other.json()["id"]
    headers = {"idempotency-key": "k", "x-caller": "ann"}
    elsewhere = await client.post("/v1/search/plan", json=ASK, headers=headers)
    assert told(elsewhere) == (422, "idempotency_mismatch")


@pytest.mark.parametrize("error", [
    EngineUnavailable("down"), EngineOverloaded("full"), RuntimeError("bug"),
])  # fmt: skip
async def test_after_a_failure_the_request_runs_again(client, failing, error: Exception) -> None:
    failing.errors.append(error)
    assert (await sent(client)).status_code >= 500
    again = await sent(client)
    assert (again.status_code, "idempotent-replayed" in again.headers) == (200, False)


async def test_a_stream_that_failed_half_way_is_not_sent_again(client, failing: Failing) -> None:
    failing.errors.append(EngineUnavailable("down"))
    first = await sent(client, stream=True)
    assert (first.status_code, "engine_unavailable" in first.text) == (200, True)
    again = await sent(client, stream=True)
    assert ("error" in again.text, "idempotent-replayed" in again.headers) == (False, False)


async def test_a_request_that_is_refused_can_be_mended_under_its_key(client) -> None:
    assert told(await sent(client, n=0)) == (400, "invalid_value")
    assert told(await sent(client, n=1)) == (200, None)


async def test_a_request_that_was_hung_up_on_runs_again(tmp_path: Path, engine) -> None:
    async with open_store(tmp_path / "a.db") as store:
        app = an_app(store, engine)
        assert await hung_up(app) == []
        async with asking(app) as client:
            headers = {"idempotency-key": "k", "content-type": "application/json"}
            again = await client.post(CHAT, content=BODY, headers=headers)
    assert (again.status_code, "idempotent-replayed" in again.headers) == (200, False)


BODY = b'{"model": "fathom", "messages": [{"role": "user", "content": "x"}]}'


async def hung_up(app) -> list[int]:
    """Send a request, hang up, and return the statuses below 499 that came all the same."""
    events = [{"type": "http.request", "body": BODY}, {"type": "http.disconnect"}]
    statuses: list[int] = []

    async def send(message) -> None:
        statuses.append(message.get("status", 499))

    async def receive():
        return events.pop(0)

    headers = [(b"idempotency-key", b"k"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": CHAT, "raw_path": CHAT.encode(),
             "query_string": b"", "headers": headers, "http_version": "1.1",
             "scheme": "http"}  # fmt: skip
    await app(scope, receive, send)
    return [status for status in statuses if status < 499]


async def test_an_answer_too_large_is_not_kept(tmp_path: Path) -> None:
    async with keeping(tmp_path / "a.db", idempotency={"megabytes": 0.0005}) as client:
        first, again = await sent(client), await sent(client)
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.json()["id"] != again.json()["id"]
        big = await sent(client, "other", messages=[{"role": "user", "content": "x" * 600}])
    assert told(big) == (413, "idempotency_too_large")


async def test_without_a_database_keys_are_refused_and_requests_without_are_not() -> None:
    async with asking(an_app(None)) as client:
        assert told(await sent(client)) == (403, "database_off")
        assert (await client.post(CHAT, json=ASK)).status_code == 200


async def test_uploads_and_questions_need_no_key(client) -> None:
    headers = {"idempotency-key": "x" * 999}
    assert (await client.get("/v1/models", headers=headers)).status_code == 200
    upload = await client.post("/v1/files", files={"file": b"x"}, headers=headers)
    assert told(upload) == (403, "database_off")


def scope_of(key: bytes) -> dict[str, Any]:
    headers = [(b"idempotency-key", key)]
    return {"type": "http", "method": "POST", "path": CHAT, "query_string": b"",
            "headers": headers}  # fmt: skip


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255))
def test_every_printable_key_is_taken(key: str) -> None:
    assert key_of(scope_of(key.encode())) == key


@given(st.binary(max_size=300))
def test_other_keys_are_refused(key: bytes) -> None:
    if 1 <= len(key) <= 255 and all(32 <= byte < 127 for byte in key):
        return
    with pytest.raises(KeyMalformed):
        key_of(scope_of(key))


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=4), st.binary(max_size=8))
def test_a_request_is_told_from_others_by_its_whole_body(parts: list[bytes], other: bytes) -> None:
    async def digest(*pieces: bytes) -> tuple[str, bytes]:
        left = list(pieces)

        async def receive():
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        asked = await read(scope_of(b"k"), receive, 1)
        return asked.digest, asked.body

    whole = b"".join(parts)
    assert asyncio.run(digest(*parts)) == asyncio.run(digest(whole))
    same = asyncio.run(digest(other))[0] == asyncio.run(digest(whole))[0]
    assert same == (other == whole)


async def test_on_postgres_two_servers_answer_a_request_once(postgres_address: str) -> None:
    engine = FakeEngine(a_or_b, latency=lambda _: 0.05)
    key = f"two-{time.time()}"
    async with keeping(postgres_address, engine) as one, keeping(postgres_address, engine) as two:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(sent(server, key)) for server in (one, two)]
        assert sorted(task.result().status_code for task in tasks) == [200, 409]
        assert (await sent(two, key)).content == (await sent(one, key)).content
    assert len(engine.seen) == 1
