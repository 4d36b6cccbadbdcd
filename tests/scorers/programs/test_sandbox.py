"""The ways to a sandbox: a child of ours, a server, and none."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from sandbox.wire import Execution, File
from scorers.base import ScorerUnavailable
from scorers.programs.sandbox import (
    NoSandboxConfig,
    OwnSandbox,
    SandboxServerConfig,
    open_sandbox,
)

HELLO = Execution(files=(File(name="a.py", content="print('hello')"),))


def children() -> set[str]:
    """The processes that this one has started, and that have not ended."""
    threads = Path("/proc/self/task").iterdir()
    return {pid for thread in threads for pid in (thread / "children").read_text().split()}


async def test_our_own_is_started_by_the_first_run_and_ended_with_us() -> None:
    before = children()
    async with OwnSandbox() as own:
        assert children() == before
        runs = await asyncio.wait_for(own.execute(HELLO), 30)
        assert runs.stdout == "hello\n"
        assert len(children() - before) == 1
    assert children() == before


async def test_our_own_that_nobody_asked_is_left_at_once() -> None:
    async with asyncio.timeout(1), OwnSandbox():
        pass


async def test_an_error_inside_is_raised_as_itself() -> None:
    async def fail() -> None:
        async with OwnSandbox() as own:
            await own.execute(HELLO)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()


async def test_a_self_test_that_fails_is_an_error_that_says_why(tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    script = (
        "import asyncio, pathlib, sys; from sandbox.tier import choose\n"
        "try:\n    asyncio.run(choose(pathlib.Path(sys.argv[1])))\n"
        "except Exception as error:\n    sys.exit(str(error))\n"
    )
    async with OwnSandbox((sys.executable, "-c", script, str(fake))) as own:
        with pytest.raises(ScorerUnavailable, match="status 1: no program can be run") as raised:
            await own.execute(HELLO)
    assert raised.value.unspent
    assert "\n" not in str(raised.value)


@pytest.fixture
async def served() -> AsyncIterator[str]:
    """The address of a sandbox of somebody else's, whose key is `secret`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "sandbox", stdout=PIPE, stderr=DEVNULL,
        env={**os.environ, "FATHOM_SANDBOX_KEY": "secret"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            yield json.loads(await process.stdout.readline())["address"]
    finally:
        process.terminate()
        await process.wait()


async def test_a_server_runs_programs_for_whoever_has_its_key(served: str) -> None:
    async with open_sandbox(SandboxServerConfig(url=served, api_key=SecretStr("secret"))) as there:
        assert (await there.execute(HELLO)).stdout == "hello\n"
    async with open_sandbox(SandboxServerConfig(url=served, api_key=SecretStr("wrong"))) as there:
        with pytest.raises(ScorerUnavailable, match="does not accept our key"):
            await there.execute(HELLO)


async def test_a_server_that_is_busy_is_asked_again_and_one_that_makes_no_sense_is_not() -> None:
    busy = web.json_response({"error": {"message": "busy"}}, status=503)
    busy.headers["Retry-After"] = "0"
    answers = [busy, web.json_response({"not": "a run"}), web.json_response({})]

    async def answer(request: web.Request) -> web.Response:
        return answers.pop(0)

    app = web.Application()
    app.router.add_post("/execute", answer)
    async with TestServer(app) as server, asyncio.timeout(30):
        config = SandboxServerConfig(url=str(server.make_url("")))
        async with open_sandbox(config) as there:
            with pytest.raises(ScorerUnavailable, match="something that is no run"):
                await there.execute(HELLO)
    assert len(answers) == 1


async def test_none_refuses() -> None:
    async with open_sandbox(NoSandboxConfig()) as nowhere:
        with pytest.raises(ScorerUnavailable, match="not run here"):
            await nowhere.execute(HELLO)
