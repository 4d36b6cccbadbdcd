"""What a client can find out before it asks."""

from dataclasses import replace

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from search.strategies import KINDS
from tests.app.client import ASK, an_app, ask, call, call_app
from tests.search.world import a_or_b


async def test_models_are_listed_with_their_aliases() -> None:
    listed = (await call("GET", "/v1/models")).json()
    names = [card["id"] for card in listed["data"]]
    assert names[:2] == ["fake", "fathom"]
    assert {"fathom:beam_search", "fake:high"} <= set(names)
    assert all(card["object"] == "model" for card in listed["data"])


async def test_every_model_listed_can_be_asked_and_looked_up() -> None:
    app = an_app()  # one for all: to make one takes a while
    for card in (await call_app(app, "GET", "/v1/models")).json()["data"]:
        assert (await call_app(app, "GET", f"/v1/models/{card['id']}")).json() == card
        body = ASK | {"model": card["id"], "max_tokens": 20}
        assert (await call_app(app, "POST", "/v1/chat/completions", json=body)).status_code == 200


async def test_a_model_that_is_not_served_is_not_found() -> None:
    response = await call("GET", "/v1/models/gpt-5")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


async def test_strategies_are_described_with_bounds_paper_and_cost() -> None:
    listed = (await call("GET", "/v1/search/strategies")).json()["data"]
    assert [card["kind"] for card in listed] == list(KINDS)
    assert all(card["description"] and card["paper"] and card["cost"] for card in listed)
    beams = next(card for card in listed if card["kind"] == "beam_search")["parameters"]["n"]
    assert (beams["default"], beams["minimum"], beams["maximum"]) == (16, 1, 256)


async def test_the_schema_can_be_read() -> None:
    paths = an_app().openapi()["paths"].keys()
    assert paths >= {"/v1/chat/completions", "/v1/models", "/v1/search/strategies", "/ready"}


async def test_health_does_not_depend_on_the_engine_but_ready_does() -> None:
    class Down(FakeEngine):
        async def health(self) -> None:
            raise EngineUnavailable("connection refused")

    engine = Down(a_or_b)
    assert (await call("GET", "/health", engine)).status_code == 200
    ready = await call("GET", "/ready", engine)
    assert (ready.status_code, ready.json()["reason"]) == (503, "connection refused")
    assert (await call("GET", "/ready")).json() == {"status": "ready", "model": "fake"}


@pytest.mark.parametrize("path", ["/ready", "/v1/models"])
async def test_a_service_that_is_still_opening_says_so(path: str) -> None:
    transport = httpx2.ASGITransport(create_app(Opening()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get(path)
        alive = await client.get("/health")
    assert (response.status_code, alive.status_code) == (503, 200)
    assert "starting" in response.text


@pytest.mark.parametrize(
    ("model", "kind"), [("llama3:8b", "best_of_n"), ("llama3:8b:majority", "majority")]
)
async def test_a_models_own_name_may_have_a_colon(model: str, kind: str) -> None:
    able = replace(FakeEngine(a_or_b).capabilities, model="llama3:8b")
    response = await ask(FakeEngine(a_or_b, capabilities=able), model=model)
    assert response.status_code == 200, response.text
    assert response.json()["search"]["strategy"]["kind"] == kind
