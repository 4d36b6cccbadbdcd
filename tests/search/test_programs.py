"""Searches whose judge and whose grader run programs, in the real sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from engines.base import Request
from engines.fake import FakeEngine
from scorers.programs.behaviour import Behaviour
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import NOWHERE, OwnSandbox, Sandbox
from scorers.programs.tests import CallTest
from scorers.programs.unit_tests import UnitTests
from search import Models
from search.replay import Replay
from search.strategies import BestOfN, Majority, Strategy, WeightedBestOfN
from tests.search.test_every_strategy import TRACE
from tests.search.world import LastWord, models, search

BODIES = ("x * 2", "x + 1", "1 + x", "nothing")
TESTS = (
    CallTest(function="f", arguments=(1,), returns=2),
    CallTest(function="f", arguments=(4,), returns=5),
)


def written(request: Request, i: int) -> str:
    return f"```python\ndef f(x):\n    return {BODIES[i % len(BODIES)]}\n```"


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with OwnSandbox() as own:
        yield own


def world(sandbox: Sandbox) -> Models:
    judge = UnitTests("unit_tests", sandbox, TestLimits(), tests=TESTS)
    grader = Behaviour(sandbox, LastWord(), TESTS, "Write f.")
    return replace(models(FakeEngine(written)), scorers=(judge,), grader=grader)


@pytest.mark.parametrize("strategy", [BestOfN(n=4), Majority(n=4), WeightedBestOfN(n=4)])
async def test_a_search_for_programs_finds_the_right_one_and_replays_without_a_sandbox(
    strategy: Strategy, sandbox: Sandbox
) -> None:
    there = world(sandbox)
    outcome, trace = await search(strategy, there)
    replay = Replay(TRACE.validate_json(TRACE.dump_json(trace)), there.engine.capabilities)
    scorers = replay.models.scorers or world(NOWHERE).scorers
    again, _ = await search(strategy, replace(replay.models, scorers=scorers))
    assert outcome.answer.text == written(None, 1)
    assert again == outcome
