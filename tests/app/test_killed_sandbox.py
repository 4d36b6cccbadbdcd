"""A sandbox that is killed in the middle of a search: what the request then says, or fails with."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from engines.base import Request
from engines.fake import FakeEngine
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import SandboxServerConfig, open_sandbox
from scorers.programs.unit_tests import UnitTests
from tests.app.client import a_service, call_app
from tests.app.program_world import RIGHT, WRONG, fenced

TESTS = [{"kind": "assert", "code": "assert double(2) == 4"}]


@pytest.fixture
def doomed() -> Iterator[tuple[str, int]]:
    """A sandbox of this test's own: its address, and its process."""
    command = [sys.executable, "-P", "-m", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield str(json.loads(process.stdout.readline())["address"]), process.pid
        finally:
            process.kill()


async def asked(doomed: tuple[str, int], failing: str) -> httpx2.Response:
    """Ask for a program whose first draft fails; the sandbox dies before the mended one is run."""
    url, pid = doomed

    def reply(request: Request, i: int) -> str:
        if "failed a test" not in request.prompt.conversation.messages[-1].content:
            return fenced(WRONG)
        os.kill(pid, signal.SIGKILL)
        return fenced(RIGHT)

    options: dict[str, Any] = {
        "strategy": {"kind": "self_debug", "inner": {"kind": "repeated_sampling", "n": 2}},
        "tests": TESTS,
        "on_verifier_error": failing,
        "candidates": 8,
    }
    async with open_sandbox(SandboxServerConfig(url=url)) as sandbox:
        own = a_service(FakeEngine(reply))
        judge = UnitTests("unit_tests", sandbox, TestLimits())
        service = replace(own, scorers={**own.scorers, "unit_tests": judge}, sandbox=sandbox)
        app = create_app(Opening(service))
        body = {"model": "fathom", "messages": [{"role": "user", "content": "Double a number."}]}
        return await call_app(app, "POST", "/v1/chat/completions", json=body | {"search": options})


async def test_the_search_goes_on_without_it_and_says_so(doomed: tuple[str, int]) -> None:
    answer = await asked(doomed, "degrade")
    assert answer.status_code == 200
    told = answer.json()["search"]
    assert "return" in answer.json()["choices"][0]["message"]["content"]
    [lost] = [why for why in told["degradations"] if "unit_tests failed" in why]
    assert "sandbox" in lost
    assert told["scorer"] != "unit_tests"
    assert len(told["candidates"]) >= 3


async def test_the_request_fails_with_it_if_that_was_asked_for(doomed: tuple[str, int]) -> None:
    answer = await asked(doomed, "fail")
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "scorer_unavailable"
