"""A response as a stream: which events, in which order, and what becomes of one that is left."""

import asyncio
import json
from typing import Any

import pytest

from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.responses.test_create import FLAT
from tests.app.responses.world import (
    ASK,
    BEST,
    PATH,
    SAMPLE,
    an_app,
    events_of,
    kinds_of,
    speaking,
    text_of,
)
from tests.search.tools import PARIS, says
from tests.search.world import a_or_b

MESSAGE = [
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
]
SUMMARY = [
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
    "output_item.done",
]


async def streamed(client, **body: Any) -> list[dict[str, Any]]:
    return events_of((await client.post(PATH, json=ASK | {"stream": True} | body)).text)


@pytest.mark.parametrize("search", [BEST, SAMPLE])
async def test_events_come_in_openais_order(client, search) -> None:
    events = await streamed(client, search=search)
    assert kinds_of(events) == ["created", "in_progress", *MESSAGE, "completed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


@pytest.mark.parametrize("search", [BEST, SAMPLE])
async def test_deltas_join_to_the_answer(client, search) -> None:
    *events, last = await streamed(client, search=search)
    text = "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
    assert text == text_of(last["response"]) != ""
    assert events[0]["response"]["id"] == last["response"]["id"]
    assert events[0]["response"]["status"] == "in_progress"


async def test_an_answer_that_is_drawn_live_is_told_before_its_summary(client) -> None:
    events = await streamed(client, search=SAMPLE, reasoning={"summary": "auto"})
    kinds = kinds_of(events)
    assert kinds[2:5] == ["output_item.added", "content_part.added", "output_text.delta"]
    assert kinds[5:10] == SUMMARY
    assert kinds[10:] == [*MESSAGE[3:], "completed"]
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["reasoning", "message"]


async def test_calls_are_told_with_their_arguments(store) -> None:
    async with speaking(an_app(store, says(PARIS[0]))) as client:
        events = await streamed(client, tools=FLAT, reasoning={"effort": "none"})
    arguments = [event for event in events if "function_call_arguments" in event["type"]]
    assert [e["type"].rpartition(".")[2] for e in arguments][-1] == "done"
    assert "".join(e["delta"] for e in arguments[:-1]) == arguments[-1]["arguments"]
    assert events[-1]["response"]["output"][0]["arguments"] == arguments[-1]["arguments"]


async def test_progress_is_told_if_it_is_asked_for(client) -> None:
    events = await streamed(client, search=BEST | {"events": True})
    told = [event for event in events if event["type"] == "search.progress"]
    assert told[-1]["samples"] == 4
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert "search.progress" not in kinds_of(await streamed(client, search=BEST))


async def test_a_search_that_fails_late_is_told_as_failed(store) -> None:
    def reply(request: Any, i: int) -> str:
        if request.id != "1.0":
            raise EngineUnavailable("down")
        return a_or_b(request, i)

    beam = {"strategy": {"kind": "beam_search", "n": 6, "width": 3}}
    async with speaking(an_app(store, FakeEngine(reply, latency=lambda _: 0.01))) as client:
        *_, last = await streamed(client, search=beam)
    assert last["type"] == "response.failed"
    assert last["response"]["status"] == "failed"
    error = last["response"]["error"]
    assert (error["code"], error["type"]) == ("server_error", "engine_unavailable")


async def test_what_fails_at_once_fails_with_a_status(client) -> None:
    body = {"stream": True, "text": {"format": {"type": "json_object"}}}
    answer = await client.post(PATH, json=ASK | body | {"model": "fathom:beam_search"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "text.format")


@pytest.mark.parametrize("stream", [False, True])
async def test_hanging_up_ends_the_search_and_keeps_nothing(store, stream: bool) -> None:
    begun = asyncio.Event()
    engine = FakeEngine(a_or_b, latency=lambda r: begun.set() or 60)
    body = json.dumps(ASK | {"search": BEST, "stream": stream}).encode()
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    inbox.put_nowait({"type": "http.request", "body": body})
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b""}
    scope |= {"headers": [(b"content-type", b"application/json")], "asgi": {"spec_version": "2.4"}}

    async def leave() -> None:
        await begun.wait()
        inbox.put_nowait({"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None: ...

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(leave())
        await an_app(store, engine)(scope, inbox.get, send)
    assert engine.aborted
