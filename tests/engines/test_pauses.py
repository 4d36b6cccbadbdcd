"""Pause tokens: how a model's one is found, sent and kept from being drawn."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Capabilities, Engine, Prompt, Request, Sampling, Step
from engines.conversation import Conversation
from engines.errors import ContextOverflow, Unsupported
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.pauses import find_pause, pauses_of
from tests.engines.contract import draw as draw_of
from tests.engines.pauses import PauseContract
from tests.engines.test_vllm import draw, open_vllm
from tests.engines.wire import Wire, serve
from weights import REASONER

IDS = st.lists(st.integers(0, 99), max_size=9).map(tuple)


@given(prompt=IDS, said=st.lists(IDS, max_size=4), m=st.integers(0, 60))
def test_ids_are_prompt_then_pauses_then_steps(prompt, said, m: int) -> None:
    steps = tuple(Step("", len(ids), ids) for ids in said)
    how = Sampling(1, pauses=pauses_of(m, Capabilities("x", pause=100)))
    request = Request("1.0", Prompt(Conversation(()), prompt), steps, 1, how, 0)
    assert request.ids == [*prompt, *[100] * m, *(token for ids in said for token in ids)]


def test_without_a_token_only_no_pauses_are_to_be_had() -> None:
    assert pauses_of(0, Capabilities("x")) == ()
    with pytest.raises(Unsupported, match="x has no one token <pause>") as refused:
        pauses_of(1, Capabilities("x"))
    assert refused.value.param == "search.pause_tokens"


def answering(*told: tuple[int, ...]) -> Callable[[str], Awaitable[tuple[int, ...]]]:
    async def tokenize(text: str) -> tuple[int, ...]:
        return told[text.count("<pause>") - 1]

    return tokenize


@pytest.mark.parametrize(
    ("once", "twice", "said", "found"),
    [
        ((7,), (7, 7), "<pause>", 7),
        ((7,), (7, 7), " <pause>", 7),
        ((7, 8, 9), (7, 8, 9, 7, 8, 9), "<pause>", None),  # an ordinary text
        ((7,), (7, 8, 9), "<pause>", None),  # a word where it stands alone
        ((0,), (0, 0), "<unk>", None),  # nothing the tokenizer knows
        ((), (), "", None),
    ],
)
async def test_a_pause_is_one_token_that_says_so(once, twice, said, found) -> None:
    async def detokenize(_: int) -> str:
        return said

    assert await find_pause(answering(once, twice), detokenize) == found


async def test_a_model_without_one_is_not_taken_for_one_that_pauses() -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        assert engine.capabilities.pause is None
        await draw(engine)
        assert "bad_words" not in wire.seen[-1]


async def test_one_that_has_it_is_sent_it_by_its_id_and_may_not_draw_it() -> None:
    async with serve(Wire(pauses=True)) as wire, open_vllm(wire.url) as engine:
        [pause] = wire.encode("<pause>")
        assert engine.capabilities.pause == pause
        await draw(engine, pauses=(pause,) * 3)
        assert wire.seen[-1]["prompt"][-3:] == [pause] * 3
        assert wire.seen[-1]["bad_words"] == ["<pause>"]


@pytest.mark.parametrize("told", [{"bans": False}, {"biased": False}])
async def test_a_server_that_may_draw_it_all_the_same_is_given_none(told) -> None:
    async with serve(Wire(pauses=True, **told)) as wire, open_vllm(wire.url) as engine:
        assert engine.capabilities.pause is None


async def test_by_text_there_are_no_pauses() -> None:
    async with serve(Wire(ids=False, pauses=True)) as wire, open_vllm(wire.url) as engine:
        assert engine.capabilities.pause is None
        with pytest.raises(Unsupported, match="no one token <pause>"):
            await draw(engine, pauses=(1,))


@pytest.mark.embedded
async def test_the_embedded_model_that_comes_along_has_none(embedded) -> None:
    assert embedded.capabilities.pause is None


@pytest.mark.embedded
class TestEmbedded(PauseContract):
    @pytest.fixture
    async def engine(self) -> AsyncIterator[Engine]:
        config = LlamaCppConfig(model=REASONER, context=2048, slots=16, threads=1)
        async with open_llamacpp(config) as engine:
            yield engine

    async def test_pauses_beyond_the_context_are_refused(self, engine: Engine) -> None:
        with pytest.raises(ContextOverflow):
            await draw_of(engine, Sampling(1, pauses=pauses_of(320, engine.capabilities)))
