"""Who compares solutions: a scorer that does, or else the model itself."""

import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from engines.base import Capabilities, Request
from engines.fake import FakeEngine
from scorers.breaker import BreakerConfig
from scorers.opening import open_scorers
from scorers.preference import comparer_of
from scorers.rubric_pairs import RubricPairsConfig
from tests.app.client import ASK, a_service
from tests.search.world import LastWord

TEXT = Capabilities("text")


def numbered(request: Request, i: int) -> str:
    """Answer with the sample's number; asked to compare, say that the higher one is better."""
    shown = re.findall(r"Answer: (\d)", request.prompt.conversation.messages[-1].content)
    if not shown:
        return f"Answer: {i}"
    first, second = shown
    return f"[[{'A' if first > second else 'B'}]]"


async def tournament(**body: Any) -> httpx2.Response:
    """Ask for a tournament of a service on an engine that compares only in words."""
    engine = FakeEngine(numbered, capabilities=TEXT)
    scorers = {"words": RubricPairsConfig().scorer("words", engine)}
    kinds = {name: {"kind": "confidence"} for name in ("shares_of_b", "words")}
    service = a_service(engine, scorers=kinds, scorer=body.pop("default", ("shares_of_b",)))
    service = replace(service, scorers=service.scorers | scorers)
    search = {"strategy": {"kind": "tournament", "n": 4}, "trace": True} | body
    transport = httpx2.ASGITransport(create_app(Opening(service)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/v1/chat/completions", json=ASK | {"search": search})


@pytest.mark.parametrize(
    "named", [{"scorer": "words"}, {"scorer": ["shares_of_b", "words"]}, {"default": ("words",)}]
)
async def test_a_scorer_that_compares_decides_a_tournament(named: dict[str, Any]) -> None:
    told = (await tournament(**named)).json()
    assert told["choices"][0]["message"]["content"] == "Answer: 3"
    assert told["search"]["spent"]["verifier"]["calls"] == 6
    judges = [event["judge"] for event in told["search"]["trace"] if event["kind"] == "compared"]
    assert judges == ["words", "words"]


async def test_a_scorer_that_compares_nothing_is_refused_if_it_is_named() -> None:
    response = await tournament(scorer="shares_of_b")
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "search.scorer"
    assert "which scorer shares_of_b does not" in response.json()["error"]["message"]


async def test_without_one_the_models_own_log_probabilities_decide() -> None:
    response = await tournament()
    assert response.status_code == 400
    assert "compares solutions by log-probabilities" in response.json()["error"]["message"]


async def test_what_a_configured_scorer_compares_with_is_found_behind_its_breaker() -> None:
    engine = FakeEngine(numbered, capabilities=TEXT)
    configs = {"words": RubricPairsConfig()}
    async with open_scorers(configs, engine, LastWord(), BreakerConfig()) as scorers:
        comparer = comparer_of(list(scorers.values()))
    assert comparer is not None
    assert comparer.name == "words"
