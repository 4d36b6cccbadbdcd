"""`/v1/batches`: requests that come in a file, and are answered in one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engines.base import Request
from engines.errors import EngineOverloaded, RequestRefused
from engines.fake import FakeEngine
from tests.app.batches.world import a_world, echo, line


def hanging_at(word: str) -> FakeEngine:
    """An engine that hangs at what is asked with a word."""
    return FakeEngine(echo, latency=lambda request: 600.0 if word in said(request) else 0.0)


def said(request: Request) -> str:
    return request.prompt.conversation.messages[-1].content


async def test_a_batch_is_answered_in_the_order_of_its_lines(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        names = [f"line {i}" for i in range(7)]
        put = await world.batch(*(line(name) for name in names), metadata={"a": "b"})
        assert (put["status"], put["metadata"]) == ("validating", {"a": "b"})
        batch = await world.until(put, "completed")
        answers = await world.lines(batch["output_file_id"])
    assert [answer["custom_id"] for answer in answers] == names
    bodies = [answer["response"]["body"] for answer in answers]
    texts = [body["choices"][0]["message"]["content"] for body in bodies]
    assert texts == [f"You said {name}." for name in names]
    assert batch["request_counts"] == {"total": 7, "completed": 7, "failed": 0}
    assert batch["usage"]["output_tokens"] == sum(b["usage"]["completion_tokens"] for b in bodies)
    assert batch["usage"]["total_tokens"] == sum(b["usage"]["total_tokens"] for b in bodies)
    assert (batch["error_file_id"], batch["model"]) == (None, "fathom")


async def test_a_batch_tells_its_times(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        batch = await world.until(await world.batch(line("a")), "completed")
    created = batch["created_at"]
    assert batch["expires_at"] == created + 24 * 3600
    assert created <= batch["in_progress_at"] <= batch["finalizing_at"] <= batch["completed_at"]
    assert [batch[f"{end}_at"] for end in ("failed", "expired", "cancelled", "cancelling")] == [
        None
    ] * 4


async def test_a_bad_line_goes_to_the_error_file_and_harms_no_other(tmp_path: Path) -> None:
    def reply(request: Request, i: int) -> str:
        if "refused" in said(request):
            raise RequestRefused("too odd", param="messages")
        return echo(request, i)

    lines = [line("a"), line("b", temperature=9), line("c", colour=1), line("refused"), line("e"),
             line("f", stream=True), line("g", model="gpt")]  # fmt: skip
    async with a_world(tmp_path, FakeEngine(reply)) as world:
        batch = await world.until(await world.batch(*lines), "completed")
        answers = await world.lines(batch["output_file_id"])
        wrong = await world.lines(batch["error_file_id"])
    assert [answer["custom_id"] for answer in answers] == ["a", "e"]
    told = {e["custom_id"]: (e["response"]["status_code"], e["response"]["body"]["error"]["param"])
            for e in wrong}  # fmt: skip
    assert told == {"b": (400, "temperature"), "c": (400, "colour"), "refused": (400, "messages"),
                    "f": (400, "stream"), "g": (404, "model")}  # fmt: skip
    assert batch["request_counts"] == {"total": 7, "completed": 2, "failed": 5}


async def test_an_engine_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    busy = [EngineOverloaded("busy")] * 2

    def reply(request: Request, i: int) -> str:
        if busy:
            raise busy.pop()
        return echo(request, i)

    async with a_world(tmp_path, FakeEngine(reply)) as world:
        batch = await world.until(await world.batch(line("a")), "completed")
        [answer] = await world.lines(batch["output_file_id"])
    assert answer["response"]["body"]["search"]["degradations"] == []


GOOD = line("a")


@pytest.mark.parametrize(
    ("lines", "code", "param", "place"),
    [
        ([], "empty_file", None, None),
        ([GOOD, "no object"], "invalid_json_line", None, 2),
        ([GOOD, line("b"), GOOD], "duplicate_custom_id", "custom_id", 3),
        ([GOOD | {"url": "/v1/models"}], "mismatched_endpoint", "url", 1),
        ([GOOD | {"method": "GET"}], "invalid_method", "method", 1),
        ([GOOD | {"custom_id": ""}], "invalid_custom_id", "custom_id", 1),
        ([GOOD | {"body": 1}], "invalid_type", "body", 1),
        ([{"custom_id": "a"}], "missing_required_parameter", "method", 1),
    ],
)
async def test_a_file_that_is_wrong_fails_the_batch_with_its_lines(
    tmp_path: Path, lines: list[Any], code: str, param: str | None, place: int | None
) -> None:
    engine = FakeEngine(echo)
    async with a_world(tmp_path, engine) as world:
        batch = await world.until(await world.batch(*lines), "failed")
    [fault] = batch["errors"]["data"]
    assert (fault["code"], fault["param"], fault["line"]) == (code, param, place)
    assert batch["failed_at"] >= batch["created_at"]
    assert engine.seen == []


async def test_what_is_answered_before_a_batch_is_cancelled_is_kept(tmp_path: Path) -> None:
    lines = [line("a"), line("hang"), *(line(f"later {i}") for i in range(5))]
    async with a_world(tmp_path, hanging_at("hang"), {"concurrency": 1}) as world:
        put = await world.batch(*lines)
        await _until_counted(world, put, 1)
        asked = (await world.call("POST", f"/v1/batches/{put['id']}/cancel")).json()
        assert asked["status"] == "cancelling"
        batch = await world.until(put, "cancelled")
        answers = await world.lines(batch["output_file_id"])
        undone = await world.lines(batch["error_file_id"])
    assert [answer["custom_id"] for answer in answers] == ["a"]
    assert [one["custom_id"] for one in undone] == [each["custom_id"] for each in lines[1:]]
    assert {one["error"]["code"] for one in undone} == {"batch_cancelled"}
    assert batch["cancelling_at"] <= batch["cancelled_at"]


async def _until_counted(world: Any, batch: Any, done: int) -> None:
    async with asyncio.timeout(30):
        counted = 0
        while counted < done:
            await asyncio.sleep(0.03)
            counted = (await world.get(f"/v1/batches/{batch['id']}"))["request_counts"]["completed"]


async def test_a_batch_can_be_cancelled_before_its_file_is_looked_at(tmp_path: Path) -> None:
    async with a_world(tmp_path, jobs={"concurrency": 0}) as world:
        put = await world.batch(line("a"))
        await world.call("POST", f"/v1/batches/{put['id']}/cancel")
    async with a_world(tmp_path) as world:
        batch = await world.until(put, "cancelled")
    assert (batch["output_file_id"], batch["error_file_id"]) == (None, None)


async def test_a_batch_that_has_ended_cannot_be_cancelled(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        batch = await world.until(await world.batch(line("a")), "completed")
        answer = await world.call("POST", f"/v1/batches/{batch['id']}/cancel")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "batch_over")


async def test_what_is_not_answered_within_the_window_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.batches.batch_routes._WINDOW_SECONDS", 1.5)
    async with a_world(tmp_path, hanging_at("hang"), {"concurrency": 1}) as world:
        put = await world.batch(line("a"), line("hang"), line("later"))
        batch = await world.until(put, "expired")
        answers = await world.lines(batch["output_file_id"])
        late = await world.lines(batch["error_file_id"])
    assert [answer["custom_id"] for answer in answers] == ["a"]
    assert [(one["custom_id"], one["error"]["code"]) for one in late] == [
        ("hang", "batch_expired"),
        ("later", "batch_expired"),
    ]
    assert batch["expired_at"]


async def test_a_server_that_ends_leaves_its_batch_to_the_next(tmp_path: Path) -> None:
    async with a_world(tmp_path, hanging_at("hang"), {"concurrency": 1}) as world:
        put = await world.batch(line("a"), line("hang"), line("c"))
        await _until_counted(world, put, 1)
    async with a_world(tmp_path) as world:
        batch = await world.until(put, "completed")
        answers = await world.lines(batch["output_file_id"])
    assert [answer["custom_id"] for answer in answers] == ["a", "hang", "c"]
    notes = [answer["response"]["body"]["search"]["degradations"] for answer in answers]
    assert notes[1] == ["the server ended during the search, which was begun anew"]
    assert notes[0] == notes[2] == []


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"endpoint": "/v1/embeddings"}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
        ({"metadata": {str(i): "" for i in range(17)}}, "metadata"),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 1}},
            "output_expires_after.seconds",
        ),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_field_that_cannot_be_honoured_is_named(
    tmp_path: Path, fields: Any, param: str
) -> None:
    async with a_world(tmp_path) as world:
        told = await world.batch(line("a"), **fields)
    assert told["error"]["param"] == param


async def test_nobody_sees_the_batches_of_another_key(tmp_path: Path) -> None:
    async with a_world(tmp_path, keys="required") as world:
        await world.new_key()
        put = await world.until(await world.batch(line("a")), "completed")
        await world.new_key()
        body = {"input_file_id": put["input_file_id"], "endpoint": put["endpoint"],
                "completion_window": "24h"}  # fmt: skip
        stolen = await world.call("POST", "/v1/batches", json=body)
        seen = await world.call("GET", f"/v1/batches/{put['id']}")
        output = await world.call("GET", f"/v1/files/{put['output_file_id']}")
        assert (await world.get("/v1/batches"))["data"] == []
    assert [answer.status_code for answer in (stolen, seen, output)] == [404] * 3


async def test_batches_are_listed_in_pages_the_newest_first(tmp_path: Path) -> None:
    async with a_world(tmp_path, jobs={"concurrency": 0}) as world:
        put = [(await world.batch(line("a")))["id"] for _ in range(3)]
        first = await world.get("/v1/batches?limit=2")
        rest = await world.get(f"/v1/batches?after={first['last_id']}")
    assert [batch["id"] for batch in first["data"]] == put[:0:-1]
    assert first["has_more"]
    assert [batch["id"] for batch in rest["data"]] == put[:1]


async def test_lines_that_are_put_some_at_a_time_are_all_put_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.batches.check_runner._TOGETHER", 4)
    monkeypatch.setattr("app.batches.finish_runner._TOGETHER", 4)
    async with a_world(tmp_path, jobs={"concurrency": 16}) as world:
        names = [f"{i}" for i in range(11)]
        batch = await world.until(await world.batch(*map(line, names)), "completed")
        answers = await world.lines(batch["output_file_id"])
    assert [answer["custom_id"] for answer in answers] == names
