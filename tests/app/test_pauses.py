"""`search.pause_tokens`, over HTTP, on the command line and in the settings."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.doctor import examine
from app.merging import merge
from app.models import ModelConfig
from app.pauses import check_pauses
from app.service import Service
from app.settings import Settings
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from engines.probe import VllmConfig
from search.run import UNPAUSED
from tests.app.cli_world import b_if_even, dataset, fathom
from tests.app.client import an_app, ask, call_app
from tests.app.test_chat import frames
from tests.engines.wire import Wire, serve
from tests.search.world import LastWord, SharesOfB, a_or_b

PAUSE = 3
PROMPT = ["/v1/completions", {"model": "fathom", "prompt": "6*7 ="}]
INPUT = ["/v1/responses", {"model": "fathom", "input": "6*7?", "store": False}]
CHAT = [
    "/v1/chat/completions",
    {"model": "fathom", "messages": [{"role": "user", "content": "6*7?"}]},
]
PLAN = ["/v1/search/plan", CHAT[1]]
routes = pytest.mark.parametrize(("path", "body"), [PROMPT, INPUT, CHAT])


def engine() -> FakeEngine:
    return FakeEngine(a_or_b, pause=PAUSE)


async def post(path: str, body: dict[str, Any], drawn: FakeEngine, **settings: Any):
    return await call_app(an_app(drawn, **settings), "POST", path, json=body)


@routes
@pytest.mark.parametrize("stream", [False, True])
async def test_every_route_pauses(path: str, body: dict[str, Any], stream: bool) -> None:
    drawn = engine()
    asked = body | {"search": {"strategy": "sample", "pause_tokens": 8}, "stream": stream}
    response = await post(path, asked, drawn)
    assert response.status_code == 200
    [request] = drawn.seen
    assert request.ids == [*request.prompt.ids, *[PAUSE] * 8]


@pytest.mark.parametrize("m", [8, 0, None])
async def test_the_bill_and_the_report_have_the_pauses(m: int | None) -> None:
    plain = (await ask(FakeEngine(a_or_b), search={"strategy": "sample"})).json()
    search = {"strategy": "sample", "pause_tokens": m}
    body = (await ask(engine(), search=search)).json()
    read = plain["usage"]["prompt_tokens"] + (m or 0)
    assert body["usage"] == plain["usage"] | {
        "prompt_tokens": read,
        "total_tokens": read + plain["usage"]["completion_tokens"],
    }
    assert body["search"]["sampling"]["pause_tokens"] == (m or 0)
    assert (UNPAUSED in body["search"]["degradations"]) == (not m)


@routes
@pytest.mark.parametrize("able", [{"token_ids": True}, {"token_ids": False}])
async def test_a_model_without_the_token_is_refused(path, body, able) -> None:
    if path == "/v1/completions" and not able["token_ids"]:
        pytest.skip("it takes no prompts without a template at all")
    known = replace(FakeEngine(a_or_b).capabilities, **able)
    drawn = FakeEngine(a_or_b, capabilities=known)
    response = await post(path, body | {"search": {"pause_tokens": 1}}, drawn)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, "search.pause_tokens")
    assert "<pause>" in error["message"]
    assert drawn.seen == []


@pytest.mark.parametrize("m", [-1, 1025, 1.5, "many"])
async def test_there_is_a_limit_to_them(m: object) -> None:
    response = await ask(engine(), search={"pause_tokens": m})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "search.pause_tokens"


async def test_they_must_fit_the_context_with_the_prompt() -> None:
    narrow = FakeEngine(a_or_b, capabilities=replace(engine().capabilities, context=50))
    response = await ask(narrow, search={"strategy": "sample", "pause_tokens": 50})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "context_length_exceeded")
    assert "50 of them pauses" in error["message"]


async def test_a_plan_tells_of_them_and_refuses_them_likewise() -> None:
    asked = PLAN[1] | {"search": {"strategy": "sample", "pause_tokens": 8}}
    planned = (await post(PLAN[0], asked, engine())).json()
    assert planned["sampling"]["pause_tokens"] == 8
    refused = await post(PLAN[0], asked, FakeEngine(a_or_b))
    assert refused.json()["error"]["param"] == "search.pause_tokens"


@pytest.mark.parametrize(
    ("given", "asked", "m", "told"),
    [
        (10, None, 10, False),  # as it was taught with
        (10, 5, 5, False),  # half of them is still better than none
        (10, 0, 0, True),
        (None, None, 0, True),  # the token is evidence enough
        (0, None, 0, False),  # it says it was taught none
        (0, 5, 5, False),
    ],
)
async def test_the_settings_say_what_a_request_does_not(given, asked, m, told) -> None:
    drawn = engine()
    search = {"strategy": "sample"} | ({} if asked is None else {"pause_tokens": asked})
    response = await post(CHAT[0], CHAT[1] | {"search": search}, drawn, pause_tokens=given)
    [request] = drawn.seen
    assert request.ids.count(PAUSE) == m
    assert (UNPAUSED in response.json()["search"]["degradations"]) is told


async def test_a_stream_ends_with_the_warning() -> None:
    response = await ask(engine(), search={"strategy": "sample"}, stream=True)
    chunks = [json.loads(frame) for frame in frames(response.text)[:-1]]
    assert UNPAUSED in chunks[-1]["search"]["degradations"]


def test_a_models_pauses_are_its_own() -> None:
    settings = Settings(
        engine=VllmConfig(url="http://x"),
        pause_tokens=10,
        models={"own": ModelConfig(pause_tokens=4), "other": ModelConfig()},
    )
    known = {name: settings.of(model).pause_tokens for name, model in settings.further.items()}
    assert (settings.pause_tokens, known) == (10, {"own": 4, "other": None})


def test_the_laboratorys_reasoner_was_taught_none() -> None:
    settings = Settings(pause_tokens=None)
    assert settings.of(settings.further["lab-reasoner"]).pause_tokens == 0


def test_they_can_be_changed_while_the_service_runs() -> None:
    old, new = (Settings(engine=VllmConfig(url="http://x"), pause_tokens=m) for m in (None, 5))
    merged, kept = merge(old, new)
    assert (merged.pause_tokens, kept) == (5, [])


def test_pauses_that_cannot_be_given_are_found_out_at_once() -> None:
    check_pauses(Settings(pause_tokens=5), engine())
    check_pauses(Settings(pause_tokens=0), FakeEngine(a_or_b))
    with pytest.raises(EngineUnavailable, match="leave `pause_tokens` out"):
        check_pauses(Settings(pause_tokens=5), FakeEngine(a_or_b))


@pytest.mark.parametrize("pauses", [True, False])
async def test_the_doctor_says_whether_they_can_be_given(pauses: bool) -> None:
    async with serve(Wire(pauses=pauses)) as wire:
        told = {"engine": {"kind": "vllm", "url": wire.url}, "scorers": {}, "scorer": ("vote",)}
        settings = Settings(**told | {"scorers": {"vote": {"kind": "vote"}}}, pause_tokens=5)
        found = {finding.what: finding async for finding in examine(settings)}
    assert found["pause_tokens"].ok is pauses


def opens(drawn: FakeEngine):
    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        scorers = {name: SharesOfB() for name in settings.chain}
        yield Service(settings, drawn, LastWord(), scorers)

    return open_service


def test_ask_takes_them_as_a_flag() -> None:
    drawn = FakeEngine(b_if_even, pause=PAUSE)
    result = fathom("ask", "6*7?", "--pause-tokens", "5", "--json", opens=opens(drawn))
    assert json.loads(result.stdout)["degradations"] == []
    assert {request.ids.count(PAUSE) for request in drawn.seen} == {5}


def test_ask_refuses_them_for_a_model_without_the_token() -> None:
    result = fathom("ask", "6*7?", "--pause-tokens", "5")
    assert result.exit_code == 1
    assert "no one token <pause>" in result.stderr


def test_eval_takes_them_and_tells_the_command(tmp_path: Path) -> None:
    drawn = FakeEngine(b_if_even, pause=PAUSE)
    command = ["eval", str(dataset(tmp_path)), "--strategy", "sample", "--json"]
    out = ["--out", str(tmp_path / "out.jsonl")]
    result = fathom(*command, *out, "--pause-tokens", "5", opens=opens(drawn))
    said = json.loads(result.stdout)
    assert "--pause-tokens 5" in said["command"]
    assert said["setup"]["sampling"]["pauses"] == [PAUSE] * 5
    assert {request.ids.count(PAUSE) for request in drawn.seen} == {5}


def test_eval_of_a_model_taught_to_pause_warns_without_any(tmp_path: Path) -> None:
    drawn = FakeEngine(b_if_even, pause=PAUSE)
    out = ["--out", str(tmp_path / "out.jsonl")]
    command = ["eval", str(dataset(tmp_path)), "--strategy", "sample", "--json", *out]
    result = fathom(*command, opens=opens(drawn))
    assert UNPAUSED in result.stderr
    assert "pauses" not in json.loads(result.stdout)["setup"]["sampling"]


@pytest.mark.parametrize(
    "command",
    [
        ["label", "--by", "rollouts", "--samples", "2", "--rollouts", "2", "--limit", "1"],
        ["eval", "--strategy", "beam_search", "--limit", "1"],
    ],
)
def test_commands_that_draw_heed_the_settings(tmp_path: Path, command: list[str]) -> None:
    drawn = FakeEngine(b_if_even, pause=PAUSE)
    settings = tmp_path / "fathom.yaml"
    settings.write_text("pause_tokens: 4\n", encoding="utf-8")
    name, *flags = command
    files = ["--out", str(tmp_path / "out.jsonl"), "--config", str(settings)]
    result = fathom(name, str(dataset(tmp_path)), *flags, *files, opens=opens(drawn))
    assert result.exit_code == 0, result.stderr
    assert {request.ids.count(PAUSE) for request in drawn.seen} == {4}
