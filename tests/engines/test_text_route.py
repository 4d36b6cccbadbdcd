"""The text route on a real server that is not vLLM: llama.cpp's own, as anyone runs it."""

from dataclasses import replace

import pytest

from engines.base import Engine, Request, Sampling
from engines.conversation import Conversation, Message
from engines.http import Transport
from engines.openai import OpenAI
from engines.probe import VllmConfig, probe
from search import Budget
from search.errors import StrategyRefused
from search.strategies import BeamSearch, BestOfN
from tests.search.world import models, search

ASKED = Conversation((Message("user", "Name three animals."),))


@pytest.fixture
async def engine(server: Transport) -> Engine:
    return await probe(server, VllmConfig(url=server.base_url))


async def test_it_is_found_to_speak_text(engine: Engine) -> None:
    able = engine.capabilities
    assert isinstance(engine, OpenAI)
    assert able.model
    assert (able.token_ids, able.continues) == (False, False)
    assert able.parameters == pytest.approx(135e6, rel=0.01)
    assert able.alternatives > 0


async def test_samples_are_drawn_with_log_probabilities(engine: Engine) -> None:
    how = Sampling(max_tokens=12, alternatives=3)
    request = Request("1.0", await engine.render(ASKED), (), 2, how, seed=1)
    drawn = await engine.generate(request)
    heard: list[str] = []
    listened = await engine.generate(replace(request, n=1), lambda d: heard.append(d.text))
    assert all(sample.step.text for sample in drawn.samples)
    assert all(len(sample.step.logprobs or ()) == sample.step.tokens for sample in drawn.samples)
    assert drawn.usage.completion_tokens > 0
    assert "".join(heard) == listened.samples[0].step.text


async def test_whole_solutions_are_searched_and_steps_refused(engine: Engine) -> None:
    world = replace(models(), engine=engine)
    short = Sampling(max_tokens=12)
    outcome, _ = await search(BestOfN(n=2), world, Budget(tokens=60), sampling=short)
    assert outcome.answer.text
    assert outcome.usage.completion_tokens <= 60
    with pytest.raises(StrategyRefused, match="continues partial answers"):
        await search(BeamSearch(), world)
