"""Thinking on a real vLLM: its model is made to think by the engine, and ended at a cap."""

import json

import pytest
from jsonschema import validate

from engines.base import Engine
from engines.build import open_vllm
from engines.probe import VllmConfig
from engines.thinking import Marks
from tests.app.client import ask
from tests.app.test_chat import streamed
from tests.app.test_reasoning import reasoned
from tests.engines.contract import ANIMAL
from tests.engines.thoughts import TALK
from tests.small import SMALL

pytestmark = pytest.mark.vllm


@pytest.fixture
async def engine(vllm_url: str):
    async with open_vllm(VllmConfig(url=vllm_url, thinking=Marks(opened=True))) as opened:
        yield opened


async def test_a_model_without_the_marks_is_not_taken_for_a_thinking_one(vllm_url: str) -> None:
    async with open_vllm(VllmConfig(url=vllm_url)) as engine:
        assert engine.capabilities.thinking is None


async def test_a_prompt_ends_where_the_thinking_begins(engine: Engine) -> None:
    body = (await ask(engine, **TALK, search={"strategy": "sample", "trace": True})).json()
    [rendered] = [e for e in body["search"]["trace"] if e["kind"] == "rendered"]
    opening = await engine.tokenize("<think>\n")
    assert tuple(rendered["prompt"]["ids"][-len(opening or ()) :]) == opening
    assert rendered["prompt"]["thinking"]["opened"]


@pytest.mark.parametrize("kind", ["sample", "best_of_n", "beam_search", "budget_forcing", "mcts"])
async def test_an_answer_is_apart_from_its_thinking(engine: Engine, kind: str) -> None:
    body = (await ask(engine, **TALK, search={"strategy": SMALL[kind]})).json()
    message = body["choices"][0]["message"]
    assert 0 < len(await engine.tokenize(message["reasoning"]) or ()) <= 13
    assert "think>" not in message["reasoning"]
    assert message["content"]


async def test_an_answer_is_json_behind_its_thinking(engine: Engine) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "animal", "schema": ANIMAL}}
    how = TALK | {"max_tokens": 200, "response_format": form}
    body = (await ask(engine, **how, search={"strategy": SMALL["majority"]})).json()
    validate(json.loads(body["choices"][0]["message"]["content"]), ANIMAL)
    assert body["choices"][0]["message"]["reasoning"]


async def test_a_stream_sends_thinking_and_answer_apart(engine: Engine) -> None:
    text = (await ask(engine, **TALK, stream=True, search={"strategy": "sample"})).text
    assert reasoned(text)
    assert streamed(text)
