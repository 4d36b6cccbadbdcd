"""A service with engines besides the default one: opened, found by name, asked, waited for."""

import asyncio

import httpx2
import pytest
from pydantic import ValidationError

from app.main import create_app
from app.opening import Opening
from app.service import open_service
from app.settings import Settings
from tests.app.client import ASK
from tests.engines.wire import Wire, serve

BOTH = {"kind": "mixture", "proposers": 2, "agents": ["default", "other"]}


def settings(here: str, there: str) -> Settings:
    engines = {"other": {"kind": "vllm", "url": there}}
    return Settings(engine={"kind": "vllm", "url": here}, engines=engines)  # type: ignore[arg-type]


async def test_a_request_names_an_engine_and_each_draws_its_part() -> None:
    async with (
        serve(Wire()) as one,
        serve(Wire(ids=False)) as two,
        open_service(settings(one.url, two.url)) as service,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(create_app(Opening(service))), base_url="http://test"
        ) as client,
    ):
        body = ASK | {"search": {"strategy": BOTH, "candidates": 3}}
        answered = (await client.post("/v1/chat/completions", json=body)).json()
        assert answered["search"]["spent"]["generator"]["calls"] == 2
        assert len(answered["search"]["candidates"]) == 2
        assert (await client.get("/ready")).status_code == 200
        refused = {**BOTH, "agents": ["default", "elsewhere"]}
        body = ASK | {"search": {"strategy": refused}}
        error = (await client.post("/v1/chat/completions", json=body)).json()["error"]
        assert error["param"] == "search.strategy.agents"
        assert "there are default, other" in error["message"]


def test_the_default_engines_name_is_taken() -> None:
    engine = {"kind": "vllm", "url": "http://127.0.0.1:1"}
    with pytest.raises(ValidationError, match="`default` is the name of `engine` itself"):
        Settings(engines={"default": engine})  # type: ignore[dict-item]


async def test_a_further_engine_that_is_down_is_waited_for(monkeypatch) -> None:
    monkeypatch.setattr("app.opening._PATIENCE_SECONDS", 0.01)
    opening, tried = Opening(), asyncio.Event()
    async with serve(Wire()) as here:
        told = settings(here.url, "http://127.0.0.1:9")
        holding = asyncio.ensure_future(opening.hold(told, lambda _: tried.set()))
        # Nothing tells of a try that failed but the reason.
        while opening.reason == "starting":  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert "127.0.0.1:9" in opening.reason
        holding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holding
