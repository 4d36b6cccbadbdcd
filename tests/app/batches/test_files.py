"""`/v1/files`: kept in parts, seen by whoever sent them."""

from pathlib import Path

import pytest

from app.batches.cleaning import clean
from app.jobs.jobs import Jobs
from tests.app.batches.world import World, a_world
from tests.app.client import call

NONE_AT_WORK = {"concurrency": 0}


@pytest.fixture
async def world(tmp_path: Path):
    async with a_world(tmp_path, jobs=NONE_AT_WORK, files={"max_bytes": 3_000_000}) as world:
        yield world


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1, 2_500_000])
async def test_a_file_comes_back_as_it_was_sent(world: World, size: int) -> None:
    content = bytes(i * i % 251 for i in range(size))
    file = (await world.send(content)).json()
    assert (file["object"], file["bytes"], file["filename"]) == ("file", size, "b.jsonl")
    assert file["expires_at"] - file["created_at"] == 30 * 24 * 3600
    assert await world.get(f"/v1/files/{file['id']}") == file
    answer = await world.call("GET", f"/v1/files/{file['id']}/content")
    assert answer.content == content


async def test_a_file_that_is_too_long_is_refused(world: World) -> None:
    for size in (3_000_001, 9_000_000):
        answer = await world.send(bytes(size))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert (await world.get("/v1/files"))["data"] == []


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"purpose": "fine-tune"}, "purpose"),
        ({"colour": "red"}, "colour"),
        ({"expires_after[anchor]": "created_at"}, "expires_after.seconds"),
        (
            {"expires_after[anchor]": "created_at", "expires_after[seconds]": "60"},
            "expires_after.seconds",
        ),
    ],
)
async def test_a_field_that_cannot_be_honoured_is_named(world: World, fields, param: str) -> None:
    answer = await world.send(b"x", **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_a_request_without_a_file_is_refused(world: World) -> None:
    answer = await world.call("POST", "/v1/files", data={"purpose": "batch"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")


async def test_a_client_says_how_long_its_file_is_kept(world: World) -> None:
    said = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "7200"}
    file = (await world.send(b"x", **said)).json()
    assert file["expires_at"] - file["created_at"] == 7200


async def test_files_are_listed_in_pages(world: World) -> None:
    sent = [(await world.send(b"x")).json()["id"] for _ in range(5)]
    first = await world.get("/v1/files?limit=2&order=asc")
    assert [file["id"] for file in first["data"]] == sent[:2]
    assert (first["has_more"], first["last_id"]) == (True, sent[1])
    rest = await world.get(f"/v1/files?order=asc&after={sent[1]}&purpose=batch")
    assert [file["id"] for file in rest["data"]] == sent[2:]
    assert rest["has_more"] is False
    newest = await world.get("/v1/files?limit=1")
    assert newest["first_id"] == sent[-1]
    assert (await world.get("/v1/files?purpose=batch_output"))["data"] == []


async def test_a_file_that_is_deleted_is_gone(world: World) -> None:
    file = (await world.send(b"x")).json()["id"]
    told = (await world.call("DELETE", f"/v1/files/{file}")).json()
    assert told == {"id": file, "object": "file", "deleted": True}
    for path in (f"/v1/files/{file}", f"/v1/files/{file}/content"):
        answer = await world.call("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "file_not_found")


async def test_nobody_sees_the_files_of_another_key(tmp_path: Path) -> None:
    async with a_world(tmp_path, jobs=NONE_AT_WORK, keys="required") as world:
        await world.new_key()
        file = (await world.send(b"x")).json()["id"]
        await world.new_key()
        assert (await world.get("/v1/files"))["data"] == []
        for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            assert (await world.call(method, f"/v1/files/{file}{path}")).status_code == 404


async def test_a_file_is_deleted_after_its_time(world: World) -> None:
    file = (await world.send(b"x")).json()
    later = file["expires_at"] + 1.0
    assert world.service.jobs
    jobs = Jobs(world.service.jobs.store, {}, world.service.settings.jobs, lambda: later)
    await clean(jobs)
    assert (await world.call("GET", f"/v1/files/{file['id']}")).status_code == 404


async def test_without_a_database_there_are_no_files() -> None:
    for path in ("/v1/files", "/v1/batches"):
        answer = await call("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "database_off")
