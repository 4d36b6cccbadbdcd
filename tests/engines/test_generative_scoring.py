from dataclasses import replace
from math import inf, log

import pytest

from engines.base import Request, Sampling, Step
from engines.conversation import Conversation, Message
from engines.errors import ContextOverflow, EngineUnavailable, Unsupported
from engines.generative_scoring import ScoringVllm
from engines.http import Transport
from engines.probe import VllmConfig, probe
from tests.engines.wire import Wire, serve

ASKED = Conversation((Message("user", "Is it right?"),))


async def ask(engine, labels=("Yes", "No"), text: str = ""):
    prompt = await engine.render(ASKED)
    steps = (Step(text, 1, await engine.tokenize(text)),) if text else ()
    return await engine.likelihoods(Request("1.0", prompt, steps, 1, Sampling(1), 0), labels)


def config(url: str, **fields) -> VllmConfig:
    return VllmConfig(url=url, labels="generative_scoring", **fields)


@pytest.mark.parametrize(("share", "told"), [(0.8, (log(0.8), log(0.2))), (1.0, (0.0, -inf))])
async def test_a_score_is_the_first_labels_share_of_both(share, told):
    async with serve(Wire(scores=share)) as wire, Transport(wire.url) as transport:
        engine = await probe(transport, config(wire.url))
        found = await ask(engine, text="It ")
    sent = wire.seen[-1]
    assert found.logprobs == pytest.approx(told)
    assert wire.decode(sent["query"]).endswith("It ")
    assert [wire.decode([label]) for label in sent["label_token_ids"]] == ["Yes", "No"]
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (len(sent["query"]), 1)


async def test_a_prompt_that_would_be_cut_is_refused():
    async with serve(Wire(scores=0.5)) as wire, Transport(wire.url) as transport:
        engine = await probe(transport, config(wire.url))
        small = ScoringVllm(transport, replace(engine.capabilities, context=3))
        with pytest.raises(ContextOverflow, match="do not fit a context of 3"):
            await ask(small)


async def test_it_tells_of_two_labels():
    async with serve(Wire(scores=0.5)) as wire, Transport(wire.url) as transport:
        engine = await probe(transport, config(wire.url))
        with pytest.raises(Unsupported, match="two labels, not of 3"):
            await ask(engine, ("A", "B", "C"))


@pytest.mark.parametrize("reply", [{"data": []}, {"data": [{"score": 1.5}]}, {"data": [{}]}, "no"])
async def test_a_reply_that_makes_no_sense_is_a_server_that_does_not_work(reply):
    async with serve(Wire(scores=0.5)) as wire, Transport(wire.url) as transport:
        engine = await probe(transport, config(wire.url))
        await ask(engine)
        wire.instead = [reply]
        with pytest.raises(EngineUnavailable):
            await ask(engine)


@pytest.mark.parametrize(
    ("wire", "fields"), [(Wire(), {}), (Wire(scores=0.5), {"route": "text"}), (Wire(ids=False), {})]
)
async def test_a_server_that_gives_no_scores_is_refused_with_advice(wire, fields):
    async with serve(wire), Transport(wire.url) as transport:
        with pytest.raises(EngineUnavailable, match="leave `labels` out"):
            await probe(transport, config(wire.url, **fields))
