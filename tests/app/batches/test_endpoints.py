"""What the lines of batches can be sent to, and how each is answered there."""

from pathlib import Path
from typing import Any

import pytest

from engines.fake import FakeEngine
from tests.app.batches.world import CHAT, World, a_world, echo, line

TEXTS, RESPONSES = "/v1/completions", "/v1/responses"
BODIES: dict[str, dict[str, Any]] = {
    CHAT: {"model": "fathom", "messages": [{"role": "user", "content": "6*7?"}]},
    TEXTS: {"model": "fathom", "prompt": "6*7 is"},
    RESPONSES: {"model": "fathom", "input": "6*7?"},
}
OWN = ("id", "created", "created_at", "completed_at", "search", "output")
"""Fields that no two answers have in common."""


async def answered(world: World, path: str, **fields: Any) -> tuple[Any, Any]:
    """Return the batch of one line to an endpoint, and what its file says of the line."""
    sent = line("a") | {"url": path, "body": BODIES[path] | fields}
    batch = await world.until(await world.batch(sent, endpoint=path), "completed")
    [told] = await world.lines(batch["output_file_id"] or batch["error_file_id"])
    return batch, told["response"]


@pytest.mark.parametrize("path", list(BODIES))
async def test_a_line_is_answered_as_the_request_itself_would_be(tmp_path: Path, path: str) -> None:
    async with a_world(tmp_path) as world:
        batch, response = await answered(world, path)
        itself = (await world.call("POST", path, json=BODIES[path])).json()
    body = response["body"]
    assert response["status_code"] == 200
    assert body.keys() == itself.keys()
    same = body.keys() - set(OWN)
    assert {name: body[name] for name in same} == {name: itself[name] for name in same}
    assert batch["usage"]["total_tokens"] == body["usage"]["total_tokens"]


@pytest.mark.parametrize(
    ("path", "fields", "param"),
    [
        (CHAT, {"stream": True}, "stream"),
        (TEXTS, {"stream": True}, "stream"),
        (TEXTS, {"prompt": ["a", "b"]}, "prompt"),
        (TEXTS, {"temperature": 9}, "temperature"),
        (RESPONSES, {"stream": True}, "stream"),
        (RESPONSES, {"background": True}, "background"),
        (RESPONSES, {"colour": 1}, "colour"),
        (RESPONSES, {"previous_response_id": "resp_none"}, "previous_response_id"),
        (
            RESPONSES,
            {"input": [{"type": "function_call_output", "call_id": "c", "output": ""}]},
            "input.0.call_id",
        ),
        (CHAT, {"search": {"scorer": "none"}}, "search.scorer"),
        (CHAT, {"search": {"pause_tokens": 1}}, "search.pause_tokens"),
    ],
)
async def test_what_cannot_be_honoured_is_named_and_costs_nothing(
    tmp_path: Path, path: str, fields: dict[str, Any], param: str
) -> None:
    engine = FakeEngine(echo)
    async with a_world(tmp_path, engine) as world:
        _, response = await answered(world, path, **fields)
    assert 400 <= response["status_code"] < 500
    assert response["body"]["error"]["param"] == param
    assert engine.seen == []


async def test_a_response_of_a_batch_can_be_gone_on_from(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        _, first = await answered(world, RESPONSES)
        name = first["body"]["id"]
        assert (await world.get(f"{RESPONSES}/{name}"))["output"] == first["body"]["output"]
        _, second = await answered(world, RESPONSES, input="More.", previous_response_id=name)
    assert second["body"]["previous_response_id"] == name


async def test_a_line_that_does_not_go_with_its_schema_is_refused_before_it_costs(
    tmp_path: Path,
) -> None:
    shape = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    engine = FakeEngine(echo)
    async with a_world(tmp_path, engine) as world:
        search = {"strategy": {"kind": "beam_search"}}
        _, response = await answered(world, CHAT, response_format=shape, search=search)
    assert response["status_code"] == 400
    assert engine.seen == []


@pytest.mark.parametrize("path", list(BODIES))
async def test_a_line_can_pause(tmp_path: Path, path: str) -> None:
    engine = FakeEngine(echo, pause=3)
    search = {"strategy": "sample", "pause_tokens": 10}
    async with a_world(tmp_path, engine) as world:
        _, response = await answered(world, path, search=search)
    assert response["status_code"] == 200
    assert {request.ids.count(3) for request in engine.seen} == {10}
