"""Log-probabilities of given texts: of the real embedded engine, and of replies of all kinds."""

from dataclasses import replace
from math import log

import pytest

from engines.base import Capabilities, Sampling
from engines.errors import ContextOverflow, EngineUnavailable, Unsupported
from engines.fake import FakeEngine
from engines.http import Transport
from engines.llamacpp_client import LlamaCpp
from engines.prompt_logprobs import ReadsPrompts
from engines.vllm import Vllm
from tests.engines.contract import CONVERSATION, draw
from tests.engines.told import Script, says, serving

ABLE = Capabilities("m", prompt_logprobs=8, parameters=1.0)
TEXT = "The capital of France is Paris, and the capital of Italy is Rome."


def choice(index: int, *entries: object) -> dict[str, object]:
    return {"index": index, "prompt_logprobs": [None, *entries]}


def reply(*choices: object):
    return says({"choices": list(choices), "usage": {"prompt_tokens": 5, "completion_tokens": 2}})


async def read(answer, *texts):
    async with serving(Script(answer).answer) as transport:
        return await Vllm(transport, ABLE).prompt_logprobs(texts, request_id="it")


@pytest.mark.embedded
async def test_what_the_model_draws_is_as_likely_when_it_is_given(embedded: LlamaCpp):
    drawn = await draw(embedded, Sampling(16, temperature=0, alternatives=1))
    step, prompt = drawn.samples[0].step, await embedded.render(CONVERSATION)
    assert isinstance(embedded, ReadsPrompts)
    ids = [*prompt.ids, *step.ids]
    [told] = (await embedded.prompt_logprobs([ids], request_id="it")).texts
    assert len(told) == len(ids) - 1
    assert told[-len(step.ids) :] == pytest.approx(step.logprobs, abs=0.15)


@pytest.mark.embedded
async def test_a_text_in_order_is_likelier_than_one_without(embedded: LlamaCpp):
    ids = await embedded.tokenize(TEXT)
    told = await embedded.prompt_logprobs([ids, ids[::-1], ids[:1], ()], request_id="it")
    [sense, none, one, empty] = told.texts
    assert sum(sense) > sum(none) + 20
    assert (one, empty) == ((), ())
    assert told.usage.prompt_tokens == 2 * (len(ids) - 1)


@pytest.mark.embedded
async def test_a_text_longer_than_states_go_is_refused(embedded: LlamaCpp):
    most = embedded.capabilities.prompt_logprobs
    assert most == embedded.capabilities.states + 1
    with pytest.raises(ContextOverflow, match=f"{most + 1} tokens"):
        await embedded.prompt_logprobs([[5] * (most + 1)], request_id="it")


async def test_texts_come_back_in_their_order_whatever_the_choices_are():
    second = choice(1, {"7": {"logprob": -2.0}})
    first = choice(0, {"9": {"logprob": -1.0}, "4": {"logprob": -0.5}}, {"2": {"logprob": -3.0}})
    told = await read(reply(second, first), (3, 9, 2), (1,), (8, 7))
    assert told.texts == ((-1.0, -3.0), (), (-2.0,))
    assert (told.usage.prompt_tokens, told.usage.completion_tokens) == (5, 2)


@pytest.mark.parametrize(
    "answer",
    [
        reply(choice(0, {"9": {"logprob": -1.0}})),
        reply(choice(0, {"5": {"logprob": -1.0}}, {"2": {"logprob": -1.0}})),
        reply({"index": 0}),
        reply(choice(0, {"9": {"logprob": None}}, {"2": {"logprob": -1.0}})),
        reply(),
    ],
)
async def test_a_reply_that_makes_no_sense_is_told(answer):
    with pytest.raises(EngineUnavailable):
        await read(answer, (3, 9, 2))


@pytest.mark.parametrize("engine", [Vllm, lambda http, able: LlamaCpp(http, able, 64)])
async def test_a_server_that_tells_none_is_not_asked(engine):
    async with Transport("http://127.0.0.1:9") as nowhere:
        asked = engine(nowhere, replace(ABLE, prompt_logprobs=0))
        with pytest.raises(Unsupported):
            await asked.prompt_logprobs([(1, 2)], request_id="it")


async def test_vllm_is_not_asked_of_texts_that_are_too_long():
    async with Transport("http://127.0.0.1:9") as nowhere:
        with pytest.raises(ContextOverflow):
            await Vllm(nowhere, ABLE).prompt_logprobs([(1,) * 9], request_id="it")


async def test_a_fake_tells_what_it_is_told_to():
    engine = FakeEngine(lambda *_: "", reading=lambda ids: log(len(ids)))
    told = await engine.prompt_logprobs([(1, 2, 3), (4,)], request_id="it")
    assert told.texts == ((log(2), log(3)), ())
