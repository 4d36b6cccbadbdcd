"""Requests for programs, and the tests they are judged by."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.settings import Settings
from engines.base import Request
from engines.fake import FakeEngine
from scorers.base import Scorer
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import NOWHERE, OwnSandbox, Sandbox, SandboxServerConfig
from scorers.programs.unit_tests import UnitTests
from tests.app.client import a_service, ask
from tests.search.world import SharesOfB

BODIES = ("x * 2", "x + 1", "1 + x", "x + 1 - 0")
TESTS = [{"kind": "call", "function": "f", "arguments": [n], "returns": n + 1} for n in (1, 4)]
ASKED = [{"role": "user", "content": "Write f, which adds one to a number."}]
LIMITS = TestLimits(case_seconds=5.0)


def written(request: Request, i: int) -> str:
    return f"```python\ndef f(x):\n    return {BODIES[i % len(BODIES)]}\n```"


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with OwnSandbox() as own:
        yield own


def service(sandbox: Sandbox) -> Service:
    plain = a_service(FakeEngine(written))
    scorers: dict[str, Scorer] = {
        "shares_of_b": SharesOfB(),
        "unit_tests": UnitTests("unit_tests", sandbox, LIMITS),
    }
    return replace(plain, scorers=scorers, sandbox=sandbox)


async def post(sandbox: Sandbox, path: str = "/v1/chat/completions", **body: Any):
    app = create_app(Opening(service(sandbox)))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    told = {"model": "fathom", "messages": ASKED} | body
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(path, json=told)


async def search(sandbox: Sandbox, **options: Any):
    return await post(sandbox, search={"strategy": {"kind": "best_of_n", "n": 4}} | options)


async def test_a_requests_tests_judge_its_answers_before_the_default_chain(sandbox) -> None:
    answer = (await search(sandbox, tests=TESTS, candidates=4)).json()
    found = answer["search"]
    assert (found["scorer"], found["score"], found["degradations"]) == ("unit_tests", 1, [])
    report = found["tests"] | {"seconds": 0}
    assert report == {"passed": 2, "total": 2, "source": "request", "seconds": 0, "failure": None}
    assert "x * 2" not in answer["choices"][0]["message"]["content"]
    worst = found["candidates"][-1]["tests"]
    assert (worst["passed"], worst["failure"]["test"]) == (1, "f(4)")
    assert worst["failure"]["reason"] == "expected 5, received 8"


async def test_where_the_request_gives_no_tests_those_of_its_prompt_are_run(sandbox) -> None:
    asked = [{"role": "user", "content": "Write f.\n\nassert f(4) == 5\n"}]
    options = {"strategy": {"kind": "best_of_n", "n": 4}, "scorer": "unit_tests"}
    found = (await post(sandbox, messages=asked, search=options)).json()["search"]
    assert (found["tests"]["source"], found["tests"]["passed"]) == ("prompt", 1)


async def test_without_any_tests_the_next_of_the_chain_judges_and_it_is_said(sandbox) -> None:
    found = (await search(sandbox, scorer=["unit_tests", "shares_of_b"])).json()["search"]
    assert found["scorer"] == "shares_of_b"
    assert "there are no tests" in found["degradations"][0]
    assert "tests" not in found


async def test_without_a_sandbox_the_next_of_the_chain_judges_and_it_is_said() -> None:
    found = (await search(NOWHERE, tests=TESTS)).json()["search"]
    assert found["scorer"] == "shares_of_b"
    assert "programs are not run here" in found["degradations"][0]


async def test_votes_are_of_programs_that_behave_alike(sandbox) -> None:
    options = {"strategy": {"kind": "majority", "n": 4}, "tests": TESTS[:1], "trace": True}
    answer = (await post(sandbox, search=options)).json()
    (grouped,) = [e for e in answer["search"]["trace"] if e["kind"] == "grouped"]
    # Every one of them passes the only test but `x * 2`, which does too: f(1) is 2.
    assert grouped["answers"]["groups"] == [0, 1, 1, 1]
    assert "x + 1" in answer["choices"][0]["message"]["content"]


async def test_without_a_sandbox_votes_are_of_equal_texts_and_it_is_said() -> None:
    options = {"strategy": {"kind": "majority", "n": 6}, "tests": TESTS}
    answer = (await post(NOWHERE, search=options)).json()
    assert "x * 2" in answer["choices"][0]["message"]["content"]
    assert "compared by their words alone" in answer["search"]["degradations"][0]


async def test_solutions_from_elsewhere_are_judged_by_tests(sandbox) -> None:
    solutions = ["def f(x):\n    return x + 1\n", "def f(x):\n    return 2\n"]
    answer = await post(sandbox, "/v1/score", solutions=solutions, tests=TESTS)
    data = answer.json()["data"]
    assert [d["score"] for d in data] == [1, 0.5]
    assert [d["tests"]["passed"] for d in data] == [2, 1]


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"tests": TESTS, "scorer": "shares_of_b"}, "search.tests"),
        ({"tests": TESTS * 129}, "search.tests"),
        ({"tests": [{"kind": "shell", "code": "ls"}]}, "search.tests.0"),
        ({"tests": [{"kind": "assert", "code": ""}]}, "search.tests.0.assert.code"),
        ({"tests": [{"kind": "call", "function": "f()", "returns": 1}]},
         "search.tests.0.call.function"),
    ],
)  # fmt: skip
async def test_tests_that_cannot_be_run_are_refused_by_name(options, param: str) -> None:
    response = await search(NOWHERE, **options)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_tests_for_scores_that_nobody_named_runs_are_refused_by_name() -> None:
    told = {"solutions": ["x"], "tests": TESTS, "scorer": "shares_of_b"}
    error = (await post(NOWHERE, "/v1/score", **told)).json()["error"]
    assert error["param"] == "tests"


async def test_where_nobody_runs_tests_they_are_refused_by_name() -> None:
    answer = await ask(search={"tests": TESTS})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == ("search.tests", "search_refused")


def test_a_sandbox_elsewhere_is_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FATHOM_SANDBOX__KIND", "server")
    monkeypatch.setenv("FATHOM_SANDBOX__URL", "http://sandbox:8020")
    monkeypatch.setenv("FATHOM_SANDBOX__API_KEY", "secret")
    sandbox = Settings().sandbox
    assert isinstance(sandbox, SandboxServerConfig)
    assert "secret" not in repr(sandbox)


def test_tests_can_be_named_by_every_request_and_are_nobodys_default() -> None:
    assert "unit_tests" in Settings().judges
    assert "unit_tests" not in Settings().chain
    assert Settings().sandbox.kind == "own"
