"""What a server does with single tokens and with images: found out, sent and read."""

import pytest
from pydantic import ValidationError

from engines.base import Request, Sampling
from engines.conversation import Conversation, Image, Message
from engines.errors import EngineUnavailable
from engines.probe import VllmConfig
from tests.engines.test_vllm import draw, open_vllm
from tests.engines.wire import Wire, serve

DATA = "data:image/png;base64,AAAA"


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("biased", [True, False])
async def test_whether_a_bias_is_heeded_is_found_out(ids: bool, biased: bool) -> None:
    async with serve(Wire(ids=ids, biased=biased)) as wire, open_vllm(wire.url) as engine:
        assert engine.capabilities.biased is biased


@pytest.mark.parametrize("ids", [True, False])
async def test_a_bias_is_sent_by_the_tokens_ids(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        await draw(engine)
        assert "logit_bias" not in wire.seen[-1]
        await draw(engine, bias=((7, -100.0), (9, 2.5)))
        assert wire.seen[-1]["logit_bias"] == {"7": -100.0, "9": 2.5}


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("stream", [True, False])
async def test_tokens_are_told_with_the_likeliest_in_their_place(ids: bool, stream: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        listen = (lambda _: None) if stream else None
        [sample] = (await draw(engine, shown=1, listen=listen)).samples
        told = sample.step.drawn
        assert "".join(one.token.text for one in told) == sample.step.text
        assert {(one.token.logprob, one.top[0].logprob, len(one.top)) for one in told} == {
            (-0.5, -0.5, 1)
        }
        assert sample.step.certainty is None


@pytest.mark.parametrize(("shown", "alternatives", "asked"), [(0, 0, 0), (2, 5, 5), (9, 5, 9)])
async def test_as_many_are_asked_for_as_anybody_reads(shown, alternatives, asked) -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        await draw(engine, shown=shown, alternatives=alternatives)
        assert wire.seen[-1]["logprobs"] == asked


@pytest.mark.parametrize("tokens", [True, False])
async def test_a_raw_prompt_goes_without_a_template(tokens: bool) -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        raw = tuple(wire.encode("as it is")) if tokens else "as it is"
        prompt = await engine.render(Conversation((Message("user", "x"),), raw=raw))
        await engine.generate(Request("1.0", prompt, (), 1, Sampling(5), 0))
        assert wire.decode(wire.seen[-1]["prompt"]) == "as it is"


async def test_images_stand_where_they_were_put() -> None:
    images = (Image(0, DATA), Image(4, "https://x/y.png", "low"), Image(4, DATA))
    async with serve(Wire(images=True)) as wire, open_vllm(wire.url, images="any") as engine:
        asked = Conversation((Message("user", "two and three", images=images),))
        prompt = await engine.render(asked)
        await engine.generate(Request("1.0", prompt, (), 1, Sampling(5), 0))
        parts = wire.seen[-1]["messages"][0]["content"]
        assert [part["type"] for part in parts] == ["image_url", "text", *["image_url"] * 2, "text"]
        assert parts[2]["image_url"] == {"url": "https://x/y.png", "detail": "low"}
        assert parts[1]["text"] + parts[4]["text"] == "two and three"


async def test_a_server_for_images_goes_by_text_and_is_tried() -> None:
    async with serve(Wire(images=True)) as wire, open_vllm(wire.url, images="data") as engine:
        able = engine.capabilities
        assert (able.images, able.token_ids) == ("data", False)
    async with serve(Wire()) as wire:
        with pytest.raises(EngineUnavailable, match="takes no images"):
            async with open_vllm(wire.url, images="data"):
                pass
    with pytest.raises(ValidationError, match="images cannot go by token ids"):
        VllmConfig(url="http://x", images="any", route="ids")
