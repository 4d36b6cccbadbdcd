"""Pauses on a real vLLM, whose model would draw them as often as it says "the"."""

from collections.abc import AsyncIterator, Iterator

import pytest

from engines.base import Engine, Request, Sampling
from engines.build import open_vllm
from engines.conversation import Conversation, Message
from engines.http import Json, Transport
from engines.pauses import pauses_of
from engines.probe import VllmConfig
from engines.vllm import Vllm
from tests.app.client import ask
from tests.engines.contract import CONVERSATION
from tests.engines.pauses import HOT, PauseContract
from tests.vllm import servers

pytestmark = pytest.mark.vllm
M = 10


@pytest.fixture(scope="module")
def pausing_url() -> Iterator[str]:
    with servers.serve(servers.PAUSING) as url:
        yield url


@pytest.fixture
async def engine(pausing_url: str) -> AsyncIterator[Engine]:
    async with open_vllm(VllmConfig(url=pausing_url, parameters=135e6)) as engine:
        yield engine


class TestVllm(PauseContract):
    pass


class Hearing(Transport):
    """Keeps what the server answers."""

    answers: list[Json]

    async def post(self, path: str, body: Json, *, request_id: str) -> Json:
        answer = await super().post(path, body, request_id=request_id)
        self.answers.append(answer)
        return answer


async def test_the_server_reads_the_pauses_behind_the_prompt(engine: Engine, pausing_url: str):
    prompt = await engine.render(CONVERSATION)
    pauses = pauses_of(M, engine.capabilities)
    async with Hearing(pausing_url) as transport:
        transport.answers = []
        request = Request("1.0", prompt, (), 1, Sampling(4, pauses=pauses), 0)
        await Vllm(transport, engine.capabilities).generate(request)
        [choice] = transport.answers[0]["choices"]
        assert choice["prompt_token_ids"] == [*(prompt.ids or ()), *pauses]


async def test_without_the_ban_the_model_draws_them(engine: Engine, pausing_url: str):
    asked = Conversation((Message("user", "x"),), raw="Every day " * 20 + "we go to")
    prompt = await engine.render(asked)
    body = {"model": "pausing", "prompt": prompt.ids, "n": 32, "max_tokens": 16,
            "temperature": HOT.temperature / 2, "return_token_ids": True}  # fmt: skip

    async def drawn(**more: Json) -> list[int]:
        async with Transport(pausing_url) as transport:
            answer = await transport.post("/v1/completions", body | more, request_id="test")
        return [token for choice in answer["choices"] for token in choice["token_ids"]]

    pause = engine.capabilities.pause
    assert pause in await drawn()
    assert pause not in await drawn(bad_words=["<pause>"], logit_bias={str(pause): 100})


@pytest.mark.parametrize("kind", ["best_of_n", "beam_search", "self_refine", "plan_search"])
async def test_a_search_pauses_and_never_says_so(engine: Engine, kind: str):
    search = {"strategy": kind, "pause_tokens": M, "trace": True, "budget": {"tokens": 150}}
    body = (await ask(engine, max_tokens=24, search=search)).json()
    drawn = [e for e in body["search"]["trace"] if e["kind"] == "generated"]
    assert drawn
    assert all(len(e["request"]["sampling"]["pauses"]) == M for e in drawn)
    pause = engine.capabilities.pause
    samples = [s for e in drawn for s in e["generation"]["samples"]]
    assert not any(pause in sample["step"]["ids"] for sample in samples)
