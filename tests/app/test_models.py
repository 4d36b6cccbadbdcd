"""A service of several models: each with its own engine, scorers, defaults and ends of steps."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError

from app.main import create_app
from app.models import ModelConfig
from app.opening import Opening
from app.service import Service, open_service
from app.settings import Settings
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.client import ASK, BEAM, a_service
from tests.engines.wire import Wire, serve
from tests.search.world import a_or_b

LINES = {"default": {"strategy": {"kind": "majority", "n": 3}}, "step_end": "\n"}


def both(engine: FakeEngine | None = None, **settings: Any) -> Service:
    """A service of the usual model, and of one named `lab`."""
    lab = a_service(engine or FakeEngine(a_or_b), **(LINES | settings))
    return replace(a_service(), named={"lab": lab})


async def call(service: Service, method: str, path: str, **body: Any):
    transport = httpx2.ASGITransport(create_app(Opening(service)), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, json=body or None)


async def ask(service: Service | None = None, **body: Any):
    return await call(service or both(), "POST", "/v1/chat/completions", **(ASK | body))


async def test_every_model_is_listed_with_its_aliases() -> None:
    listed = (await call(both(), "GET", "/v1/models")).json()["data"]
    names = [card["id"] for card in listed]
    assert names[:3] == ["fake", "fathom", "lab"]
    assert {"lab:best_of_n", "lab:high", "fathom:high"} <= set(names)
    assert (await call(both(), "GET", "/v1/models/lab:high")).status_code == 200


async def test_the_models_name_chooses_engine_and_defaults() -> None:
    engine = FakeEngine(a_or_b)
    answer = (await ask(both(engine), model="lab")).json()
    assert answer["model"] == "lab"
    assert answer["search"]["strategy"]["kind"] == "majority"
    assert len(engine.seen) == 1
    assert (await ask(both(engine))).json()["search"]["strategy"]["kind"] == "best_of_n"
    assert len(engine.seen) == 1


async def test_an_alias_is_every_models() -> None:
    answer = (await ask(model="lab:best_of_n")).json()
    assert answer["search"]["strategy"]["kind"] == "best_of_n"


@pytest.mark.parametrize("model", ["lob", "lab:nothing", "lab:"])
async def test_a_model_that_is_not_there_is_not_found(model: str) -> None:
    response = await ask(model=model)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "model_not_found")


async def test_each_model_has_its_own_scorers() -> None:
    service = both()
    del service.named["lab"].scorers["silent"]
    error = (await ask(service, model="lab", search={"scorer": "silent"})).json()["error"]
    assert "there are shares_of_b" in error["message"]
    assert (await ask(service, search={"scorer": ["silent", "shares_of_b"]})).status_code == 200


@pytest.mark.parametrize(
    ("strategy", "end"),
    [
        ({"kind": "beam_search", "n": 4, "width": 2}, "\n"),
        ({"kind": "beam_search", "n": 4, "width": 2, "step_end": ";"}, ";"),
    ],
)
async def test_steps_end_as_the_model_has_them_unless_the_request_says(strategy, end) -> None:
    answer = (await ask(model="lab", search={"strategy": strategy})).json()
    assert answer["search"]["strategy"]["step_end"] == end


async def test_steps_of_strategies_inside_another_end_so_too() -> None:
    members = [{"kind": "rebase", "n": 2}, "majority"]
    search = {"strategy": {"kind": "ensemble", "members": members}}
    told = (await ask(model="lab", search=search)).json()["search"]["strategy"]["members"]
    assert told[0]["step_end"] == "\n"


async def test_a_model_without_a_step_end_leaves_it_to_the_strategy() -> None:
    answer = (await ask(search=BEAM)).json()
    assert answer["search"]["strategy"]["step_end"] == "\n\n"


async def test_solutions_are_split_and_judged_as_the_model_has_them() -> None:
    body = {"messages": ASK["messages"], "solutions": ["a\nb\nb", "a\n\nb"]}
    own = (await call(both(), "POST", "/v1/score", model="lab", **body)).json()
    usual = (await call(both(), "POST", "/v1/score", **body)).json()
    assert [len(one["rewards"]) for one in own["data"]] == [3, 3]
    assert [len(one["rewards"]) for one in usual["data"]] == [1, 2]


async def test_a_model_that_is_down_is_not_ready() -> None:
    class Down(FakeEngine):
        async def health(self) -> None:
            raise EngineUnavailable("the lab is down")

    response = await call(both(Down(a_or_b)), "GET", "/ready")
    assert (response.status_code, response.json()["reason"]) == (503, "the lab is down")


async def test_models_are_opened_with_engines_of_their_own_or_shared_ones() -> None:
    async with serve(Wire()) as one, serve(Wire(ids=False)) as two:
        here, there = ({"kind": "vllm", "url": wire.url} for wire in (one, two))
        models = {"own": {"engine": there}, "named": {"engine": "other"}, "same": {}}
        told = Settings(engine=here, engines={"other": there}, models=models)
        async with open_service(told) as service:
            named = service.named
            assert named["same"].engine is service.engine
            assert named["named"].engine is service.engines["other"]
            assert named["own"].engine not in (service.engine, service.engines["other"])
            assert named["same"].scorers["judge"] is not service.scorers["judge"]


def test_what_a_model_does_not_say_is_the_services() -> None:
    service = Settings(temperature=0.3, models={"m": {"max_answer_tokens": 7, "step_end": ";"}})
    own = service.of(service.further["m"])
    assert (own.temperature, own.max_answer_tokens, own.step_end) == (0.3, 7, ";")
    assert (own.engine, own.scorer) == (service.engine, service.scorer)


@pytest.mark.parametrize(
    ("models", "why"),
    [
        ({"m": {"engine": "none"}}, "model m: engine none is not among default"),
        (
            {"m": {"scorer": ["none"]}},
            "model m: scorer none is not among confidence, vote, judge, unit_tests, verifier",
        ),
        ({"m": {"scorers": {"v": {"kind": "vote"}}}}, "model m: scorer confidence"),
        ({"m:n": {}}, "match pattern"),
        ({"fathom": {}}, "the service's own model"),
        ({"m": {"step_end": ""}}, "at least 1 character"),
        ({"m": {"more": 1}}, "Extra inputs"),
    ],
)
def test_models_that_cannot_be_are_refused(models: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Settings(models=models)


def test_the_reasoner_comes_with_the_model_that_comes_along_and_no_other() -> None:
    vllm = {"kind": "vllm", "url": "http://127.0.0.1:1"}
    assert list(Settings().further) == ["lab-reasoner"]
    assert Settings(engine=vllm).further == {}
    assert Settings(engine={"kind": "llamacpp", "model": "a.gguf"}).further == {}
    assert Settings(models={}).further == {}
    assert Settings(models={"m": {}}).further == {"m": ModelConfig()}


def test_the_verifier_that_comes_along_judges_the_reasoner_first() -> None:
    model = Settings().further["lab-reasoner"]
    assert model.scorers
    assert (model.scorers["prm"].kind, model.scorer[0]) == ("hidden_states", "prm")
