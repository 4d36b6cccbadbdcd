"""The server, from outside: a process of its own, asked over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import pytest

from sandbox.wire import Executed
from tests.sandbox.served import ENDLESS, Served, environment_of, lives, serving, started_by
from tests.sandbox.world import until


@pytest.fixture(scope="module")
async def served(world: object) -> AsyncIterator[Served]:
    async with serving("sandbox", "--warm=2") as served:
        yield served


@pytest.fixture(scope="module")
async def narrow(world: object) -> AsyncIterator[Served]:
    """A server that runs one program at a time, and has one wait."""
    command = ("sandbox", "--runs=1", "--queue=1", "--warm=1")
    async with serving(*command) as served:
        yield served


async def test_a_program_is_run(served: Served) -> None:
    response = await served.execute("print(input())", stdin="hello")
    executed = Executed.model_validate(response.json())
    assert (response.status_code, executed.stdout, executed.exit_code) == (200, "hello\n", 0)


async def test_a_server_that_is_ready_says_so(served: Served) -> None:
    assert (await served.client.get("/health")).json() == {"status": "ok"}
    await served.until(running=0, waiting=0, warm=2)
    assert (await served.told())["status"] == "ready"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ('{"files": []}', "files"),
        ('{"files": [{"name": "../x", "content": ""}]}', "files.0.name"),
        ('{"files": [{"name": "x", "content": ""}], "limits": {"seconds": 0}}', "limits.seconds"),
        ('{"files": [{"name": "x", "content": ""}], "langauge": "python"}', "langauge"),
        ('{"files": [{"name": "x", "content": ""}], "language": "c"}', "language"),
        ("{", None),
    ],
)
async def test_a_request_that_is_wrong_names_the_field(
    served: Served, body: str, param: str | None
) -> None:
    response = await served.client.post("/execute", content=body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, param)
    assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_value")


async def test_files_that_do_not_fit_are_refused(served: Served) -> None:
    response = await served.execute("#" * (2 << 20), limits={"disk_bytes": 1 << 20})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "files")


async def test_a_request_that_is_too_large_is_refused(served: Served) -> None:
    response = await served.client.post("/execute", content=b"x" * (33 << 20))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/execute", 405), ("GET", "/", 404)]
)
async def test_what_is_not_served_is_an_error_object(
    served: Served, method: str, path: str, status: int
) -> None:
    response = await served.client.request(method, path)
    assert (response.status_code, response.json()["error"]["param"]) == (status, None)


@pytest.fixture(scope="module")
async def locked(world: object) -> AsyncIterator[Served]:
    async with serving(key="secret-key") as served:
        yield served


@pytest.mark.parametrize("given", ["", "Bearer wrong", "secret-key", "Bearer secret-keys", "é"])
async def test_a_wrong_key_is_refused(locked: Served, given: str) -> None:
    headers = {"authorization": given.encode()} if given else {}
    response = await locked.client.post("/execute", headers=headers, content=b"{}")
    assert (response.status_code, response.json()["error"]["code"]) == (401, "invalid_api_key")


async def test_the_right_key_opens(locked: Served) -> None:
    headers = {"authorization": "Bearer secret-key"}
    response = await locked.client.post("/execute", headers=headers, content=b"{}")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "files")


async def test_health_asks_for_no_key(locked: Served) -> None:
    assert (await locked.client.get("/health")).status_code == 200
    assert (await locked.client.get("/ready")).status_code == 200


async def test_the_key_is_not_in_the_environment_of_what_is_run(locked: Served) -> None:
    shown = [environment_of(pid) for pid in started_by(locked.process.pid)]
    assert shown
    assert b"secret-key" not in b"".join(shown)


async def test_when_the_queue_is_full_the_next_is_turned_away(narrow: Served) -> None:
    await narrow.until(running=0, waiting=0)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(narrow.execute(ENDLESS))
        await narrow.until(running=1, waiting=0)
        waiting = group.create_task(narrow.execute(ENDLESS))
        await narrow.until(running=1, waiting=1)
        response = await narrow.execute("print(1)")
        running.cancel()
        waiting.cancel()
    assert (response.status_code, response.json()["error"]["code"]) == (503, "sandbox_busy")
    assert int(response.headers["retry-after"]) >= 1


async def test_who_waits_is_next(narrow: Served) -> None:
    await narrow.until(running=0, waiting=0)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(narrow.execute("import time; time.sleep(0.3); print(1)"))
        await narrow.until(running=1, waiting=0)
        second = group.create_task(narrow.execute("print(2)"))
    assert [first.result().json()["stdout"], second.result().json()["stdout"]] == ["1\n", "2\n"]


async def test_hanging_up_ends_the_run(narrow: Served) -> None:
    await narrow.until(running=0, waiting=0)
    with suppress(httpx2.TimeoutException):
        await narrow.client.post(
            "/execute", json={"files": [{"name": "x", "content": ENDLESS}]}, timeout=0.5
        )
    await narrow.until(running=0, waiting=0)
    # What is left is the one sandbox that waits: bubblewrap, its init, and the interpreter.
    await until(lambda: len(started_by(narrow.process.pid)) == 3)


async def test_everything_ends_with_a_server_that_is_killed(world: object) -> None:
    async with serving() as served, asyncio.TaskGroup() as group:
        group.create_task(served.endless())
        await served.until(running=1, waiting=0, warm=1)
        everything = started_by(served.process.pid)
        served.process.kill()
        await until(lambda: not any(map(lives, everything)))
    assert len(everything) >= 7  # bubblewrap, init, interpreter and program; one that waits


async def test_everything_ends_with_a_server_that_is_told_to(world: object) -> None:
    async with serving() as served:
        assert (await served.execute("print(1)")).status_code == 200
        everything = started_by(served.process.pid)
        served.process.terminate()
        await served.process.wait()
        await until(lambda: not any(map(lives, everything)))


async def test_the_command_serves_too(world: object) -> None:
    async with serving("tests.sandbox.fathom", "sandbox", "--port=0") as served:
        assert (await served.execute("print(1)")).json()["stdout"] == "1\n"


async def test_eight_programs_with_threads_do_not_starve_one_another(world: object) -> None:
    program = """
import threading, time
threads = [threading.Thread(target=time.sleep, args=[0.5]) for _ in range(30)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(threads))"""
    command = ("sandbox", "--runs=8")
    async with serving(*command) as served, asyncio.TaskGroup() as group:
        runs = [
            group.create_task(served.execute(program, limits={"processes": 32, "seconds": 30}))
            for _ in range(8)
        ]
    assert [run.result().json()["stdout"] for run in runs] == ["30\n"] * 8


async def test_the_servers_limits_are_never_exceeded(world: object) -> None:
    command = ("sandbox", "--seconds=0.3", "--memory-mb=64")
    async with serving(*command) as served:
        slow = (await served.execute("import time; time.sleep(60)")).json()
        big = (await served.execute("x = bytearray(100 << 20)")).json()
    assert (slow["ended"], big["ended"]) == ("time", "memory")
