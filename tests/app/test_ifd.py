"""`/v1/ifd`, as a client sees it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.main import create_app
from app.opening import Opening
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.client import a_service, an_app, call_app
from tests.app.document import check
from tests.app.ifd_world import repeated
from tests.app.keys.test_limits import spent_today
from tests.app.keys.world import a_world, code
from tests.search.world import a_or_b

SAMPLES: list[dict[str, Any]] = [
    {"instruction": "Say: it is blue today", "response": "it is blue today"},
    {
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Say what you like"},
            {"role": "assistant", "content": "it is blue today"},
        ]
    },
    {"instruction": "Are you there?", "response": "yes"},
    {"instruction": "Go on", "response": ""},
]


def reader() -> FakeEngine:
    return FakeEngine(a_or_b, reading=repeated)


async def ifd(engine: FakeEngine | None = None, settings: dict[str, Any] | None = None, **body):
    app = an_app(engine or reader(), **(settings or {}))
    return await call_app(app, "POST", "/v1/ifd", json={"samples": SAMPLES} | body)


async def test_every_sample_has_its_scores_or_why_it_has_none() -> None:
    body = (await ifd()).json()
    assert (body["object"], body["model"], body["template"]) == ("list", "fathom", "chat")
    assert [(d["object"], d["index"]) for d in body["data"]] == [("ifd", i) for i in range(4)]
    assert body["data"][0]["ifd"] < 1 == pytest.approx(body["data"][1]["ifd"])
    assert [d["ifd"] for d in body["data"][2:]] == [None, None]
    assert [d["ifd_missing"] for d in body["data"][2:]] == [
        "response_of_one_token", "response_empty",
    ]  # fmt: skip
    assert (body["data"][0]["instruction_tokens"], body["data"][0]["response_tokens"]) == (5, 4)


async def test_the_bill_is_what_was_read_and_nothing_is_drawn() -> None:
    engine = reader()
    usage = (await ifd(engine)).json()["usage"]
    assert usage["total_tokens"] == sum(len(ids) for _, ids in engine.read) > 0
    assert (usage["completion_tokens"], engine.seen) == (0, [])


async def test_another_template_stands_before_the_response() -> None:
    samples = [{"instruction": "Go on", "response": "polite answers to the"}]
    names = ("chat", "vicuna")
    one, other = [(await ifd(template=name, samples=samples)).json() for name in names]
    assert other["template"] == "vicuna"
    assert other["data"][0]["ifd"] < one["data"][0]["ifd"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"samples": []}, "samples"),
        ({"samples": None}, "samples"),
        ({"samples": [{"instruction": "a", "response": "b"}, {"instruction": "a"}]}, "samples.1"),
        ({"samples": [{"instruction": " ", "response": "b"}]}, "samples.0"),
        ({"samples": [SAMPLES[0] | SAMPLES[1]]}, "samples.0"),
        ({"samples": [{"messages": SAMPLES[1]["messages"][:2]}]}, "samples.0"),
        ({"samples": [{"messages": SAMPLES[1]["messages"][2:]}]}, "samples.0"),
        ({"samples": [{"instruction": "a", "output": "b"}]}, "samples.0.output"),
        ({"samples": [{"instruction": 3, "response": "b"}]}, "samples.0.instruction"),
        ({"template": "llama"}, "template"),
        ({"model": "gpt-5"}, "model"),
        ({"scorer": "judge"}, "scorer"),
    ],
)
async def test_what_cannot_be_scored_is_refused_by_name(body, param: str) -> None:
    response = await ifd(**body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (404 if param == "model" else 400, param)
    assert error["message"]


async def test_more_samples_than_are_taken_are_refused() -> None:
    refused = await ifd(settings={"caps": {"samples": 3}})
    assert code(refused) == (400, "too_many_samples")
    error = refused.json()["error"]
    assert (error["param"], error["message"]) == (
        "samples", "there are 4 samples, and this server takes 3",
    )  # fmt: skip


async def test_a_model_that_tells_no_log_probabilities_is_refused_as_the_field_at_fault() -> None:
    mute = reader()
    mute.capabilities = replace(mute.capabilities, prompt_logprobs=0)
    refused = await ifd(mute)
    assert code(refused) == (400, "unsupported_by_engine")
    assert refused.json()["error"]["param"] == "model"


async def test_scores_are_charged_and_refused_as_searches_are(tmp_path: Path) -> None:
    async with a_world(tmp_path, reader()) as world:
        secret = await world.key(daily_tokens=1)
        first = await world.post("/v1/ifd", secret, {"samples": SAMPLES})
        spent = await spent_today(world)
        second = await world.post("/v1/ifd", secret, {"samples": SAMPLES})
    assert (first.status_code, spent.tokens) == (200, first.json()["usage"]["total_tokens"])
    assert code(second) == (429, "insufficient_quota")


async def test_what_was_read_is_paid_for_when_the_rest_fails(tmp_path: Path) -> None:
    def fails(ids: Sequence[int]) -> float:
        if engine.read[-1][0] == "ifd/30":
            raise EngineUnavailable("it is down")
        return -1.0

    engine = FakeEngine(a_or_b, reading=fails)
    async with a_world(tmp_path, engine) as world:
        failed = await world.post("/v1/ifd", await world.key(), {"samples": SAMPLES * 9})
        spent = await spent_today(world)
    assert code(failed) == (502, "engine_unavailable")
    assert spent.tokens > 0


async def test_the_model_named_is_the_one_that_reads() -> None:
    own, base = reader(), reader()
    service = a_service(own)
    service = replace(service, named={"base": a_service(base)})
    body = {"samples": SAMPLES, "model": "base"}
    answer = await call_app(create_app(Opening(service)), "POST", "/v1/ifd", json=body)
    assert answer.json()["model"] == "base"
    assert (bool(base.read), own.read) == (True, [])


async def test_the_answer_is_as_the_document_has_it() -> None:
    check(await ifd(), "post", "/v1/ifd")
