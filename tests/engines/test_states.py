"""Hidden states, of the real embedded server and of servers that answer nonsense."""

from dataclasses import replace
from math import nan

import pytest

from engines.base import Capabilities, Sampling
from engines.errors import ContextOverflow, EngineUnavailable, Unsupported
from engines.http import Transport
from engines.llamacpp_client import LlamaCpp
from engines.states import ShowsStates
from tests.engines.contract import draw, greedy
from tests.engines.told import Script, says, serving

ABLE = Capabilities("m", states=8)
WIDTH = 576


async def read(answer, ids=(1, 2)):
    async with serving(Script(answer).answer) as transport:
        engine = LlamaCpp(transport, ABLE, 64)
        return await engine.states([ids], request_id="it")


def rows(*given: object):
    return says([{"index": 0, "embedding": list(given)}])


@pytest.mark.embedded
async def test_a_text_has_a_state_for_each_token_whatever_follows(embedded: LlamaCpp):
    ids = await embedded.tokenize("Twelve is three times four.")
    assert isinstance(embedded, ShowsStates)
    whole, begun = (await embedded.states([ids, ids[:3]], request_id="it")).texts
    assert [len(whole), len(begun), {len(row) for row in whole}] == [len(ids), 3, {WIDTH}]
    assert begun[2] == pytest.approx(whole[2], abs=0.05)


@pytest.mark.embedded
async def test_reading_is_billed_and_changes_nothing_of_what_is_drawn(embedded: LlamaCpp):
    before = await greedy(embedded)
    usage = (await embedded.states([before.ids] * 6, request_id="it")).usage
    assert (usage.prompt_tokens, usage.calls) == (6 * len(before.ids), 1)
    assert usage.flops == usage.prompt_tokens * embedded.capabilities.flops_per_token
    assert (await greedy(embedded)).ids == before.ids


@pytest.mark.embedded
async def test_a_text_longer_than_a_batch_is_refused_before_it_is_sent(embedded: LlamaCpp):
    assert embedded.capabilities.states == 512
    with pytest.raises(ContextOverflow, match="513 tokens"):
        await embedded.states([[5] * 513], request_id="it")


@pytest.mark.embedded
async def test_reading_waits_for_room_and_leaves_it(embedded: LlamaCpp):
    await embedded.states([[5] * 30] * 12, request_id="it")
    assert len((await draw(embedded, Sampling(4), n=4)).samples) == 4


async def test_no_text_is_no_call():
    async with Transport("http://127.0.0.1:9") as nowhere:
        told = await LlamaCpp(nowhere, ABLE, 64).states([], request_id="it")
    assert (told.texts, told.usage.calls) == ((), 0)


async def test_a_server_that_shows_none_is_not_asked():
    async with Transport("http://127.0.0.1:9") as nowhere:
        engine = LlamaCpp(nowhere, replace(ABLE, states=0), 64)
        with pytest.raises(Unsupported):
            await engine.states([(1,)], request_id="it")


@pytest.mark.parametrize(
    "answer",
    [
        rows([0.5, 1.0]),
        rows([0.5, 1.0], [0.5, None]),
        rows([0.5, 1.0], [0.5]),
        rows([0.5, nan], [0.5, 1.0]),
        rows(),
        says([]),
        says({"data": []}),
        says([{"index": 0, "embedding": [0.5, 1.0]}]),
        says({"error": "no"}, 500),
    ],
)
async def test_a_reply_without_a_state_for_each_token_is_an_error(answer):
    with pytest.raises(EngineUnavailable):
        await read(answer)
