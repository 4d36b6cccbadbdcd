"""A scorer that is down, over HTTP: the answer says so, or is an error if that was asked for."""

from dataclasses import replace

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from tests.app.client import ASK, a_service
from tests.search.world import Broken


async def ask_beside_a_broken_scorer(**search: object) -> httpx2.Response:
    service = a_service()
    service = replace(service, scorers={**service.scorers, "broken": Broken()})
    transport = httpx2.ASGITransport(create_app(Opening(service)), raise_app_exceptions=False)
    chain = {"scorer": ["broken", "shares_of_b"], "strategy": {"kind": "best_of_n", "n": 2}}
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/v1/chat/completions", json=ASK | {"search": chain | search})


@pytest.mark.parametrize("said", [{}, {"on_verifier_error": "degrade"}])
async def test_a_scorer_that_fails_is_replaced_and_the_answer_says_so(said) -> None:
    response = await ask_beside_a_broken_scorer(**said)
    report = response.json()["search"]
    assert (response.status_code, report["scorer"]) == (200, "shares_of_b")
    assert report["degradations"] == ["scorer broken failed: connection refused"]


async def test_a_scorer_that_fails_is_an_error_if_that_was_asked_for() -> None:
    response = await ask_beside_a_broken_scorer(on_verifier_error="fail")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (502, "scorer_unavailable")
    assert error["message"] == "connection refused"
