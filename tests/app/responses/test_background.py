"""Responses in the background: queued, told in events that are kept, called off, begun anew."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from app.jobs.jobs import Jobs
from app.responses import retold
from app.store import KeptResponse, Store
from app.store.keys import revoke_key
from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.responses.test_streams import MESSAGE, SUMMARY
from tests.app.responses.world import (
    ASK,
    BEST,
    PATH,
    a_key,
    an_app,
    asked,
    at_work,
    events_of,
    kinds_of,
    openai_of,
    refused,
    said_to,
    speaking,
    text_of,
    told,
)
from tests.search.world import a_or_b

BACKGROUND = {"background": True, "search": BEST}


class Slow:
    """An engine that says when it is asked, and answers only when it may."""

    def __init__(self) -> None:
        self.reached, self.engine = asyncio.Event(), FakeEngine(a_or_b, latency=self._wait)

    def _wait(self, request: Request) -> float:
        self.reached.set()
        return 600


async def test_a_response_is_queued_and_made_afterwards(store: Store) -> None:
    async with at_work(store) as app, speaking(app) as client:
        queued = await asked(client, **BACKGROUND)
        events = await told(client, queued["id"])
        made = (await client.get(f"{PATH}/{queued['id']}")).json()
    assert (queued["status"], queued["output"], made["status"]) == ("queued", [], "completed")
    assert kinds_of(events) == ["created", "queued", "in_progress", *MESSAGE, "completed"]
    assert events[-1]["response"] == made
    assert text_of(made).startswith("b b b")


async def test_events_are_taken_up_where_they_broke_off(store: Store) -> None:
    async with at_work(store) as app, speaking(app) as client:
        body = BACKGROUND | {"reasoning": {"summary": "auto"}}
        queued = await asked(client, **body)
        events = await told(client, queued["id"])
        for after in range(len(events)):
            assert await told(client, queued["id"], after) == events[after + 1 :]
    assert kinds_of(events)[3:] == ["output_item.added", *SUMMARY, *MESSAGE, "completed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


async def test_a_stream_follows_a_response_that_is_made_elsewhere(store: Store) -> None:
    async with at_work(store) as worker, speaking(an_app(store)) as elsewhere:
        async with speaking(worker) as client:
            queued = await asked(client, **BACKGROUND)
        events = await told(elsewhere, queued["id"])
    assert events[-1]["type"] == "response.completed"


async def test_it_can_be_streamed_at_once(store: Store) -> None:
    async with at_work(store) as app, speaking(app) as client:
        answer = await client.post(PATH, json=ASK | BACKGROUND | {"stream": True})
        first = answer.text.partition("resp_")[2][:48]
        events = await told(client, f"resp_{first}")
    assert len(answer.text.split("\nevent: ")) == len(events)


async def test_openais_client_takes_a_stream_up(store: Store) -> None:
    async with at_work(store) as app, openai_of(app) as client:
        made = await client.responses.create(
            model="fathom", input="6*7?", background=True, extra_body={"search": BEST}
        )
        how = {"response_id": made.id, "starting_after": 3}
        async with client.responses.stream(**how) as stream:
            events = [event async for event in stream]
            final = await stream.get_final_response()
    assert [event.sequence_number for event in events] == list(range(4, 4 + len(events)))
    assert final.output_text.startswith("b b b")


async def test_it_goes_on_from_others_and_others_from_it(store: Store) -> None:
    engine = FakeEngine(a_or_b)
    async with at_work(store, engine) as app, speaking(app) as client:
        first = await asked(client)
        second = await asked(client, previous_response_id=first["id"], **BACKGROUND)
        text = text_of((await told(client, second["id"]))[-1]["response"])
        await asked(client, input="Sure?", previous_response_id=second["id"])
    assert said_to(engine)[1::2] == [("assistant", text_of(first)), ("assistant", text)]


async def test_calling_off_ends_the_search_and_says_so_once(store: Store) -> None:
    slow = Slow()
    async with at_work(store, slow.engine) as app, speaking(app) as client:
        where = f"{PATH}/{(queued := await asked(client, **BACKGROUND))['id']}"
        await slow.reached.wait()
        answers = [(await client.post(f"{where}/cancel")).json() for _ in range(2)]
        kinds = kinds_of(await told(client, queued["id"]))
    assert [answer["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert kinds == ["created", "queued", "in_progress", "cancelled"]
    assert slow.engine.aborted


async def test_what_is_queued_is_called_off(store: Store) -> None:
    async with at_work(store, jobs={"concurrency": 0}) as app, speaking(app) as client:
        queued = await asked(client, **BACKGROUND)
        assert (await refused(client, previous_response_id=queued["id"])) == (
            400, "response_unfinished", "previous_response_id",
        )  # fmt: skip
        answer = await client.post(f"{PATH}/{queued['id']}/cancel")
        assert answer.json()["status"] == "cancelled"
        assert kinds_of(await told(client, queued["id"])) == ["created", "queued", "cancelled"]


async def test_deleting_ends_the_search(store: Store) -> None:
    slow = Slow()
    async with at_work(store, slow.engine) as app, speaking(app) as client:
        where = f"{PATH}/{(await asked(client, **BACKGROUND))['id']}"
        await slow.reached.wait()
        assert (await client.delete(where)).json()["deleted"]
        assert (await client.get(where)).status_code == 404
    assert slow.engine.aborted


async def test_a_search_that_fails_is_a_failed_response(store: Store) -> None:
    def fails(*_: object) -> str:
        raise EngineUnavailable("down")

    engine = FakeEngine(fails)
    async with at_work(store, engine, jobs={"attempts": 1}) as app, speaking(app) as client:
        queued = await asked(client, **BACKGROUND)
        last = (await told(client, queued["id"]))[-1]
    error = last["response"]["error"]
    assert last["type"] == "response.failed"
    assert (error["code"], error["type"]) == ("server_error", "engine_unavailable")


async def test_what_cannot_be_honoured_is_refused_when_it_is_asked(store: Store) -> None:
    async with at_work(store) as app, speaking(app) as client:
        body = {"background": True, "text": {"format": {"type": "json_object"}}}
        assert (await refused(client, model="fathom:mcts", **body))[2] == "text.format"
        assert (await refused(client, background=True, store=False))[:2] == (400, "invalid_value")


async def test_a_search_is_begun_anew_where_the_server_ended(store: Store) -> None:
    slow = Slow()
    async with at_work(store, slow.engine) as app, speaking(app) as client:
        queued = await asked(client, **BACKGROUND)
        await slow.reached.wait()
        before = len((await client.get(f"{PATH}/{queued['id']}")).json()["output"])
    async with at_work(store) as app, speaking(app) as client:
        events = await told(client, queued["id"])
    kinds, [said] = kinds_of(events), events[-1]["response"]["search"]["degradations"]
    assert kinds == [
        "created", "queued", "in_progress", "search.restarted", *MESSAGE, "completed",
    ]  # fmt: skip
    assert before == 0
    assert "the server ended" in said


@pytest.mark.parametrize("path", ["/cancel", "?stream=true"])
async def test_only_a_response_in_the_background_has_a_run(store: Store, path: str) -> None:
    async with at_work(store) as app, speaking(app) as client:
        made = (await asked(client))["id"]
        send: Callable[..., Any] = client.post if path == "/cancel" else client.get
        answer = await send(f"{PATH}/{made}{path}")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "response_not_background"


async def test_only_the_owner_calls_a_response_off(store: Store) -> None:
    async with (
        at_work(store, jobs={"concurrency": 0}, keys="required") as app,
        speaking(app, await a_key(store)) as own,
        speaking(app, await a_key(store)) as other,
    ):
        queued = (await asked(own, **BACKGROUND))["id"]
        answer = await other.post(f"{PATH}/{queued}/cancel")
        assert answer.json()["error"]["code"] == "response_not_found"
        assert (await own.get(f"{PATH}/{queued}")).json()["status"] == "queued"


async def test_the_search_behind_a_response_is_kept_for_its_owner(store: Store) -> None:
    async with (
        at_work(store, keys="required") as app,
        speaking(app, await a_key(store)) as own,
        speaking(app, await a_key(store)) as other,
    ):
        queued = await asked(own, background=True, search=BEST | {"keep": True})
        await told(own, queued["id"])
        where = f"/v1/search/traces/{queued['id']}"
        assert (await own.get(where)).json()["strategy"] == "best_of_n"
        assert (await other.get(where)).status_code == 404


async def test_a_key_that_was_revoked_meanwhile_fails_its_responses(store: Store) -> None:
    issued = await a_key(store)
    async with (
        at_work(store, jobs={"concurrency": 0}, keys="required") as app,
        speaking(app, issued) as client,
    ):
        queued = (await asked(client, **BACKGROUND))["id"]
    await revoke_key(store, issued.key.id, 1.0)
    async with at_work(store) as app:
        await over(app.state.opening.service.jobs, queued)
    async with store.session() as session:
        row = await session.get_one(KeptResponse, queued)
    assert row.status == "failed"
    assert row.body["error"]["type"] == "invalid_api_key"  # type: ignore[index,call-overload]


async def over(jobs: Jobs, name: str) -> None:
    """Return once a job has ended."""
    async with asyncio.timeout(20):
        while True:
            if (await jobs.get(name)).over:
                return
            await asyncio.sleep(0.03)


async def test_a_response_whose_key_has_to_wait_is_not_begun_anew(store: Store) -> None:
    issued, slow = await a_key(store, concurrent_searches=1), FakeEngine(a_or_b, latency=_moment)
    async with at_work(store, slow, keys="required") as app, speaking(app, issued) as client:
        queued = [(await asked(client, **BACKGROUND))["id"] for _ in range(2)]
        events = [await told(client, response) for response in queued]
    kinds = ["created", "queued", "in_progress", *MESSAGE, "completed"]
    assert [kinds_of(each) for each in events] == [kinds, kinds]
    assert all(each[-1]["response"]["search"]["degradations"] == [] for each in events)


def _moment(_: Request) -> float:
    return 0.2


async def test_a_stream_without_news_shows_signs_of_life_until_it_is_left(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retold, "HEARTBEAT_SECONDS", 0.05)
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent = b""

    async def send(message: dict[str, Any]) -> None:
        nonlocal sent
        sent += message.get("body", b"")
        if b": waiting" in sent:
            inbox.put_nowait({"type": "http.disconnect"})

    async with speaking(app := an_app(store)) as client:
        path = f"{PATH}/{(await asked(client, **BACKGROUND))['id']}"
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"stream=true"}
    async with asyncio.timeout(5):
        await app(scope | {"headers": []}, inbox.get, send)
    assert kinds_of(events_of(sent.decode())) == ["created", "queued"]
