"""The OpenAPI document is true of all that is kept, from responses to searches."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engines.fake import FakeEngine
from tests.app.batches.world import CHAT, World, a_world, line
from tests.app.client import ASK
from tests.app.document import OPERATIONS, check, check_events
from tests.app.test_openapi import LOOKED_UP
from tests.search.tools import PARIS, TOOLS
from tests.search.world import a_or_b

RESPONSES, TRACES, FILES, BATCHES = "/v1/responses", "/v1/search/traces", "/v1/files", "/v1/batches"
SAID = {"model": "fathom", "input": "6*7?", "reasoning": {"summary": "auto"}}
BEAM = {"strategy": "beam_search", "events": "tree"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, FakeEngine(a_or_b)) as world:
        yield world


async def held(world: World, method: str, path: str, name: str = "", **how: Any) -> Any:
    """Hold the answer of a route to the document; `name` takes the place of its parameter."""
    parameter = path[path.find("{") : path.find("}") + 1]
    response = await world.call(method, path.replace(parameter, name) if name else path, **how)
    assert response.status_code == 200, response.text
    return check(response, method.lower(), path)


async def test_responses_are_as_the_document_has_them(world: World) -> None:
    name = (await held(world, "POST", RESPONSES, json=SAID))["id"]
    one = f"{RESPONSES}/{{response_id}}"
    await held(world, "GET", one, name)
    assert (await held(world, "GET", f"{one}/input_items", name))["data"]
    await held(world, "DELETE", one, name)
    check(await world.call("GET", f"{RESPONSES}/{name}"), "get", one)


async def test_a_response_in_the_background_is_as_the_document_has_it(world: World) -> None:
    name = (await held(world, "POST", RESPONSES, json=SAID | {"background": True}))["id"]
    one = f"{RESPONSES}/{{response_id}}"
    told = await world.call("GET", f"{RESPONSES}/{name}?stream=true")
    assert check_events(told, "get", one)
    await held(world, "POST", f"{one}/cancel", name)


@pytest.mark.parametrize("fields", [{}, {"search": BEAM}, {"search": {"budget": {"tokens": 1}}}])
async def test_every_event_of_a_response_is_as_the_document_has_it(world, fields) -> None:
    stream = await world.call("POST", RESPONSES, json=SAID | {"stream": True} | fields)
    assert check_events(stream, "post", RESPONSES)


async def test_calls_of_a_response_are_as_the_document_has_them(tmp_path: Path) -> None:
    tools = [tool["function"] | {"type": "function"} for tool in TOOLS]
    async with a_world(tmp_path, FakeEngine(lambda request, i: PARIS[0])) as world:
        told = await held(world, "POST", RESPONSES, json=SAID | {"tools": tools})
        assert told["output"][-1]["type"] == "function_call"
        stream = SAID | {"tools": tools, "stream": True}
        assert check_events(await world.call("POST", RESPONSES, json=stream), "post", RESPONSES)


async def test_files_are_as_the_document_has_them(world: World) -> None:
    file = check(await world.send(b"{}"), "post", FILES)["id"]
    await held(world, "GET", FILES)
    await held(world, "GET", f"{FILES}/{{file}}", file)
    sent = await world.call("GET", f"{FILES}/{file}/content")
    assert sent.headers["content-type"] == "application/octet-stream"
    await held(world, "DELETE", f"{FILES}/{{file}}", file)
    check(await world.send(b"{}", purpose="fun"), "post", FILES)


@pytest.mark.parametrize(("lines", "end"), [([line("a")], "completed"), (["a"], "failed")])
async def test_batches_are_as_the_document_has_them(world: World, lines, end) -> None:
    batch = await world.until(await world.batch(*lines), end)
    told = await held(world, "GET", f"{BATCHES}/{{batch}}", batch["id"])
    asked = {name: told[name] for name in ("input_file_id", "endpoint", "completion_window")}
    again = await held(world, "POST", BATCHES, json=asked)
    assert len((await held(world, "GET", BATCHES))["data"]) == 2
    path = f"{BATCHES}/{{batch}}/cancel"
    check(await world.call("POST", path.replace("{batch}", again["id"])), "post", path)


async def test_stored_completions_are_as_the_document_has_them(world: World) -> None:
    asked = ASK | {"store": True, "metadata": {"a": "b"}, "logprobs": True}
    name = (await held(world, "POST", CHAT, json=asked))["id"]
    one = f"{CHAT}/{{completion}}"
    await held(world, "GET", one, name)
    await held(world, "POST", one, name, json={"metadata": {}})
    assert (await held(world, "GET", CHAT))["data"]
    assert (await held(world, "GET", f"{one}/messages", name))["data"]
    await held(world, "DELETE", one, name)


async def test_kept_searches_are_as_the_document_has_them(world: World) -> None:
    asked = ASK | {"search": {"strategy": "best_of_n", "keep": True}}
    name = (await held(world, "POST", CHAT, json=asked))["id"]
    one = f"{TRACES}/{{trace}}"
    assert (await held(world, "GET", TRACES))["data"]
    for method, path in (("GET", one), ("GET", f"{one}/export"), ("POST", f"{one}/replay")):
        assert await held(world, method, path, name)
    both = await world.call("GET", f"{TRACES}/compare?a={name}&b={name}")
    check(both, "get", f"{TRACES}/compare")
    await held(world, "DELETE", one, name)


def test_everything_that_is_looked_up_is_held_to_the_document() -> None:
    ones = {RESPONSES: ["{response_id}", "{response_id}/input_items"],
            FILES: ["", "{file}", "{file}/content"], BATCHES: ["", "{batch}"],
            CHAT: ["", "{completion}", "{completion}/messages"],
            TRACES: ["", "compare", "{trace}", "{trace}/export"]}  # fmt: skip
    kept = {f"{path}/{one}".rstrip("/") for path, names in ones.items() for one in names}
    assert kept | {*LOOKED_UP} == {path for method, path in OPERATIONS if method == "get"}
