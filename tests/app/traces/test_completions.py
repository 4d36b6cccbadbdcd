"""Completions that are kept, beyond what OpenAI's client is tried on."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.wire import ChatRequest
from tests.app.client import ASK
from tests.app.traces.world import CHAT, TRACES, got, keeping, kept, refused

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64)


async def test_a_stored_completion_is_the_answer_without_its_events(client) -> None:
    made = await kept(client, store=True, search={"trace": True, "candidates": 2})
    found = await got(client, f"{CHAT}/{made['id']}")
    for left_out in ("trace", "tree"):
        made["search"].pop(left_out)
    assert found == made
    assert found["metadata"] == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.dictionaries(TEXT, TEXT, max_size=16), st.integers(0, 16))
async def test_any_metadata_is_kept_and_found_by(tmp_path: Path, metadata: dict, some: int) -> None:
    async with keeping(tmp_path / "a.db") as client:
        name = (await kept(client, store=True, metadata=metadata))["id"]
        assert (await got(client, f"{CHAT}/{name}"))["metadata"] == metadata
        query = {f"metadata[{key}]": metadata[key] for key in sorted(metadata)[:some]}
        found = await got(client, CHAT, order="desc", limit=1, **query)
        assert found["data"][0]["id"] == name
        assert (await got(client, CHAT, **{"metadata[no]": "x" * 100}))["data"] == []


@pytest.mark.parametrize("metadata", [
    {str(i): "" for i in range(17)}, {"k" * 65: ""}, {"k": "v" * 513}, {"k": 1}, {"k": "\0"},
])  # fmt: skip
async def test_metadata_beyond_the_bounds_is_refused_by_its_name(client, metadata) -> None:
    body = ASK | {"store": True, "metadata": metadata}
    status, code, param = await refused(client, "POST", CHAT, json=body)
    assert (status, code, str(param).partition(".")[0]) == (400, "invalid_value", "metadata")


def test_a_request_that_is_not_stored_has_no_metadata_and_may_say_so() -> None:
    ChatRequest.model_validate(ASK | {"metadata": {}, "store": False})
    ChatRequest.model_validate(ASK | {"metadata": None, "store": None})


async def test_an_update_says_what_the_metadata_is(client) -> None:
    path = f"{CHAT}/{(await kept(client, store=True))['id']}"
    assert await refused(client, "POST", path, json={}) == (400, "invalid_value", "metadata")
    body = {"metadata": {"a": "b"}, "model": "x"}
    assert await refused(client, "POST", path, json=body) == (400, "invalid_value", "model")


async def test_the_parts_of_a_message_are_listed(client) -> None:
    parts = [{"type": "text", "text": "6*"}, {"type": "text", "text": "7?"}]
    messages = [{"role": "developer", "content": "Add."}, {"role": "user", "content": parts}]
    path = f"{CHAT}/{(await kept(client, store=True, messages=messages))['id']}/messages"
    first, second = (await got(client, path))["data"]
    assert (first["role"], first["content"], first["content_parts"]) == ("developer", "Add.", None)
    assert (second["content"], second["content_parts"]) == ("6*7?", parts)
    last = await got(client, path, order="desc", limit=1)
    assert ([one["id"] for one in last["data"]], last["has_more"]) == ([second["id"]], True)
    assert (await got(client, path, after=first["id"]))["data"] == [second]
    assert await refused(client, "GET", f"{path}?after=x") == (404, "not_kept", "after")


async def test_with_a_completion_its_search_is_deleted(client) -> None:
    name = (await kept(client, store=True))["id"]
    deleted = await client.delete(f"{CHAT}/{name}", headers={"x-caller": "ann"})
    assert deleted.json() == {"id": name, "object": "chat.completion.deleted", "deleted": True}
    assert (await got(client, TRACES))["data"] == []
    assert await refused(client, "DELETE", f"{CHAT}/{name}") == (404, "not_kept", None)


async def test_a_filter_that_nothing_can_meet_is_refused(client) -> None:
    told = await refused(client, "GET", f"{CHAT}?metadata[{'k' * 65}]=v")
    assert told[:2] == (400, "invalid_value")
