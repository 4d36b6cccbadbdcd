"""How a server ends: what is under way comes to its end, or is told that it does not."""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from engines.fake import FakeEngine
from tests.app.client import ASK, a_service, an_app, call_app
from tests.app.process import CHAT, Served, backend, gone, served, slow_down, until
from tests.search.world import a_or_b

VOTE = {"kind": "majority", "n": 2}
BODY = {**ASK, "stream": True, "search": {"strategy": VOTE, "scorer": "vote"}}
SETTINGS = """
engine: {kind: vllm, url: URL}
scorers: {vote: {kind: vote}}
scorer: [vote]
sandbox: {kind: none}
grace_seconds: GRACE
"""


@contextmanager
def slow(folder: Path, milliseconds: float, grace: float) -> Iterator[Served]:
    with backend() as url:
        text = SETTINGS.replace("URL", url).replace("GRACE", str(grace))
        with served(folder, text) as service:
            slow_down(url, milliseconds)
            yield service


def begun(service: Served, then: Callable[[], None]) -> list[str]:
    """Stream an answer, do something once it has begun, and return all its lines."""
    with httpx2.stream("POST", service.url + CHAT, json=BODY, timeout=30) as response:
        assert response.status_code == 200
        lines = response.iter_lines()
        first = next(lines)
        then()
        return [first, *lines]


def events(lines: list[str]) -> list[Any]:
    """The JSON of all events but the last, which has none."""
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def test_a_stream_comes_to_its_end_while_others_are_sent_elsewhere(tmp_path: Path) -> None:
    with slow(tmp_path, 2500, grace=20) as service:
        asked: list[httpx2.Response] = []

        def end() -> None:
            service.process.send_signal(signal.SIGTERM)
            service.wait_for("draining")
            asked.append(httpx2.get(f"{service.url}/ready"))
            asked.append(httpx2.post(service.url + CHAT, json=ASK))

        lines = begun(service, end)
        assert service.process.wait(10) == 0
    assert "search" in events(lines)[-1]
    assert lines[-2] == "data: [DONE]"
    assert [one.status_code for one in asked] == [503, 503]
    assert (asked[0].json()["status"], asked[1].json()["error"]["code"]) == ("draining",) * 2


def test_what_takes_longer_than_the_grace_is_told_so(tmp_path: Path) -> None:
    with slow(tmp_path, 60_000, grace=0.2) as service:
        lines = begun(service, lambda: service.process.send_signal(signal.SIGINT))
        children = service.children()
        code = service.process.wait(10)
        cut = service.logged("requests cut short")
    assert events(lines)[-1]["error"]["code"] == "draining"
    assert (lines[-2], code) == ("data: [DONE]", 0)
    assert (cut or {})["requests"] == 1
    assert all(until(lambda child=child: gone(child)) for child in children)


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    with slow(tmp_path, 60_000, grace=60) as service:

        def insist() -> None:
            service.process.send_signal(signal.SIGTERM)
            service.wait_for("draining")
            service.process.send_signal(signal.SIGTERM)

        with pytest.raises(httpx2.RemoteProtocolError):
            begun(service, insist)
        assert service.process.wait(5) == -signal.SIGTERM


async def test_a_request_that_is_not_streamed_is_answered_that_it_must_go_elsewhere() -> None:
    opening = Opening(a_service())
    opening.drain()
    answer = await call_app(create_app(opening), "POST", CHAT, json=ASK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "draining")
    assert (answer.headers["x-should-retry"], answer.headers["retry-after"]) == ("true", "2")


async def test_a_request_under_way_that_is_cut_short_is_told_so() -> None:
    drawing = asyncio.Event()
    engine = FakeEngine(a_or_b, latency=lambda _: drawing.set() or 60)
    app = an_app(engine)
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(call_app(app, "POST", CHAT, json=ASK))
        await drawing.wait()
        app.state.under_way.end()
    answer = asked.result()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "draining")
    assert len(engine.aborted) == len(engine.seen)
