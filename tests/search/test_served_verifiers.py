"""A verifier that fails never decides an answer: the next of the chain does, and it is said."""

import json
from contextlib import asynccontextmanager
from math import nan

import pytest
from aiohttp import web

from engines.fake import FakeEngine
from scorers.base import Scorer
from scorers.build import open_scorer
from scorers.prm import PrmPoolingConfig
from search.strategies import BestOfN
from tests.scorers.candidates import LastWord
from tests.scorers.pooling import Pooling, Row, serving, step_pooling
from tests.search.world import SharesOfB, a_or_b, models, search


def likes_a(text: str) -> list[Row]:
    """Rewards that would have the other answer win."""
    return [[0.1, 0.9] if "a a" in text else [0.9, 0.1] for _ in step_pooling(text)]


@asynccontextmanager
async def prm(server: Pooling):
    config = PrmPoolingConfig(url=server.url, timeout_seconds=0.3)
    async with open_scorer("prm", config, FakeEngine(a_or_b), LastWord()) as scorer:
        yield scorer


def answering(body: object, status: int = 200):
    return lambda: web.Response(text=json.dumps(body), status=status)


FAULTS = {
    "down": {"answer": answering({}, 502)},
    "slow": {"seconds": 30.0},
    "NaN": {"rows": lambda text: [[nan, nan] for _ in step_pooling(text)]},
    "too few rows": {"rows": lambda text: likes_a(text)[:1]},
    "too many rows": {"rows": lambda text: likes_a(text) * 2},
    "outside [0, 1]": {"rows": lambda text: [[1.5] for _ in step_pooling(text)]},
    "a text left out": {"answer": answering({"data": []})},
}


async def decided(scorer: Scorer):
    outcome, _ = await search(BestOfN(n=6), models(None, scorer, SharesOfB()))
    return outcome


async def test_a_verifier_that_works_decides():
    async with serving(Pooling(rows=likes_a)) as server, prm(server) as scorer:
        outcome = await decided(scorer)
    assert outcome.answer.text.endswith("a")
    assert not outcome.degradations


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_verifier_that_fails_does_not_decide(fault):
    async with serving(Pooling(rows=likes_a)) as server, prm(server) as scorer:
        for name, value in fault.items():
            setattr(server, name, value)
        outcome = await decided(scorer)
    assert outcome.answer.text.endswith("b")
    assert outcome.degradations[0].startswith("scorer prm failed: ")


async def test_rows_for_some_leave_the_others_unjudged_and_it_is_said():
    def rows(text: str) -> list[Row]:
        return likes_a(text) if "b b" in text else likes_a(text)[:1]

    async with serving(Pooling(rows=likes_a)) as server, prm(server) as scorer:
        server.rows = rows
        outcome = await decided(scorer)
    assert outcome.answer.text.endswith("b")
    assert "scorer prm abstained on 1 of 2" in outcome.degradations[0]
