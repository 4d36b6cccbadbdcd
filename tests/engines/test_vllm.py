"""The vLLM client and the probe: the wire, and what cannot be provoked on a real server."""

import json
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from engines.base import Request, Sampling, Step
from engines.completions import certainty, whole_text
from engines.conversation import Conversation, Message
from engines.errors import EngineUnavailable, Unsupported
from engines.http import Transport
from engines.openai import OpenAI
from engines.probe import VllmConfig, probe, root_of, size_of
from engines.vllm import Vllm
from tests.engines.wire import SAID, Wire, serve

ASKED = Conversation((Message("user", "hi"),))
HOW = Sampling(max_tokens=50, temperature=0.5)


@asynccontextmanager
async def open_vllm(url: str, **config):
    told = VllmConfig(url=url, **config)
    async with Transport(root_of(told.url)) as transport:
        yield await probe(transport, told)


async def draw(engine, n: int = 1, steps: tuple[Step, ...] = (), listen=None, **how):
    prompt = await engine.render(ASKED)
    request = Request("1.0", prompt, steps, n, replace(HOW, **how), seed=7)
    return await engine.generate(request, listen)


async def test_a_server_that_gives_ids_is_used_by_ids() -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url + "/v1") as engine:
        able = engine.capabilities
        assert isinstance(engine, Vllm)
        assert (able.model, able.context, able.parameters) == ("tiny-7B-chat", 64, 7e9)
        assert (able.token_ids, able.continues, able.seed) == (True, True, False)


@pytest.mark.parametrize(
    ("wire", "continues", "samples", "alternatives"),
    [
        (Wire(ids=False), True, 1024, 20),
        (Wire(ids=False, named_stops=False), False, 1024, 20),
        (Wire(ids=False, continues=False), False, 1024, 20),
        (Wire(ids=False, many=False, logprobs=False), True, 1, 0),
    ],
)
async def test_a_server_that_does_not_is_used_by_text_for_what_it_can(
    wire: Wire, continues: bool, samples: int, alternatives: int
) -> None:
    async with serve(wire), open_vllm(wire.url) as engine:
        able = engine.capabilities
        assert isinstance(engine, OpenAI)
        assert (able.continues, able.samples, able.alternatives) == (
            continues,
            samples,
            alternatives,
        )


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("structured", [True, False])
async def test_whether_a_schema_is_kept_is_found_out(ids: bool, structured: bool) -> None:
    async with serve(Wire(ids=ids, structured=structured)) as wire, open_vllm(wire.url) as engine:
        assert engine.capabilities.structured is structured


@pytest.mark.parametrize("ids", [True, False])
async def test_a_schema_is_sent_with_its_fields_in_order(ids: bool) -> None:
    schema = '{"properties": {"b": {}, "a": {}}}'
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        await draw(engine)
        assert "response_format" not in wire.seen[-1]
        await draw(engine, json_schema=schema)
        sent = wire.seen[-1]["response_format"]
        assert sent["type"] == "json_schema"
        assert json.dumps(sent["json_schema"]["schema"]) == schema


async def test_the_probe_never_sends_a_seed_nor_does_a_draw_unless_told_to() -> None:
    async with serve(Wire()) as wire:
        async with open_vllm(wire.url) as engine:
            await draw(engine)
        assert all("seed" not in body for body in wire.seen)
        async with open_vllm(wire.url, seed=True) as engine:
            await draw(engine)
        assert wire.seen[-1]["seed"] == 7


@pytest.mark.parametrize("ids", [True, False])
async def test_every_call_upstream_has_a_name_of_its_own(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        for _ in range(3):
            await draw(engine)
        assert len(set(wire.headers)) == len(wire.headers) > 3


@pytest.mark.parametrize("ids", [True, False])
async def test_a_step_keeps_its_stop_string_and_names_it(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        [sample] = (await draw(engine, stop=("\n\n",))).samples
        assert (sample.step.text, sample.finish, sample.stop) == ("One step.\n\n", "stop", "\n\n")


@pytest.mark.parametrize("ids", [True, False])
async def test_a_step_is_continued_to_the_same_end(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        [first] = (await draw(engine, stop=("\n\n",))).samples
        [rest] = (await draw(engine, steps=(first.step,))).samples
        assert first.step.text + rest.step.text == SAID
        assert rest.finish == "eos"


async def test_text_follows_the_ids_beyond_the_stop_string() -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        [first] = (await draw(engine, stop=("ste",))).samples
        assert first.step.text == "One step.\n\n"
        assert wire.decode(list(first.step.ids or ())) == first.step.text


@pytest.mark.parametrize("ids", [True, False])
async def test_samples_usage_and_log_probabilities_are_read(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        drawn = await draw(engine, n=3, alternatives=2)
        [step] = {sample.step for sample in drawn.samples}
        assert len(drawn.samples) == 3
        assert step.logprobs == (-0.5,) * step.tokens
        assert drawn.usage.completion_tokens == 18
        assert drawn.usage.calls == 1
        assert drawn.usage.flops == 14e9 * (drawn.usage.prompt_tokens + 18)


@pytest.mark.parametrize("ids", [True, False])
async def test_cached_tokens_are_believed_of_one_sample_alone(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        one, two = (await draw(engine)).usage, (await draw(engine, n=2)).usage
        assert (one.cached_tokens, two.cached_tokens) == (2, 0)
        assert one.flops == 14e9 * (one.prompt_tokens - 2 + one.completion_tokens)


@pytest.mark.parametrize("ids", [True, False])
async def test_greedy_samples_are_drawn_once(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        drawn = await draw(engine, n=3, temperature=0)
        assert (len(drawn.samples), len(set(drawn.samples))) == (3, 1)
        assert (drawn.usage.calls, drawn.usage.completion_tokens) == (1, 6)
        assert wire.seen[-1].get("n", 1) == 1


async def test_a_server_with_one_sample_a_call_is_asked_in_parts_billed_as_one() -> None:
    async with serve(Wire(ids=False, many=False)) as wire, open_vllm(wire.url) as engine:
        drawn = await draw(engine, n=3)
        assert (len(drawn.samples), drawn.usage.calls) == (3, 1)
        assert [body.get("n", 1) for body in wire.seen[-3:]] == [1, 1, 1]


@pytest.mark.parametrize("stop", [(), ("ste",)])
async def test_a_stream_gives_what_the_whole_gives(stop: tuple[str, ...]) -> None:
    heard = {0: "", 1: ""}

    def listen(delta) -> None:
        heard[delta.index] += delta.text

    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        whole = await draw(engine, n=2, stop=stop)
        assert await draw(engine, n=2, stop=stop, listen=listen) == whole
        assert [heard[0], heard[1]] == [sample.step.text for sample in whole.samples]


@pytest.mark.parametrize(
    "reply",
    [
        {"choices": []},
        {"choices": [{"text": "x", "finish_reason": "stop"}], "usage": {}},
        {"choices": [{"text": "x", "finish_reason": "abort", "token_ids": [1]}]},
        ["nonsense"],
        {"choices": None},
    ],
)
async def test_a_reply_that_makes_no_sense_is_a_server_that_does_not_work(reply) -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        wire.instead = [reply]
        with pytest.raises(EngineUnavailable):
            await draw(engine)


async def test_a_label_is_read_by_its_id_and_one_not_returned_is_bounded() -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url) as engine:
        prompt = await engine.render(ASKED)
        request = Request("1.0", prompt, (), 1, HOW, 0)
        found = await engine.likelihoods(request, ("Yes", "No"))
        assert found.logprobs == (-0.1, -3.0)
        assert wire.seen[-1]["max_tokens"] == 1
        with pytest.raises(Unsupported, match="2 tokens"):
            await engine.likelihoods(request, ("Yes", "of course"))


async def test_a_model_the_server_does_not_have_is_named() -> None:
    async with serve(Wire()) as wire:
        with pytest.raises(EngineUnavailable, match="no model other; it has tiny-7B-chat"):
            async with open_vllm(wire.url, model="other"):
                pass


@pytest.mark.parametrize(
    ("text", "last", "offset", "whole"),
    [
        ("a.\n\n", ".\n\nThe", 1, "a.\n\nThe"),
        ("a\n\n", "\n\n", 1, "a\n\n"),
        ("x\n\n", "\n\n", 2, "x\n\n\n"),
        ("1. Banan", "anas", 6, "1. Bananas"),
        ("half ", "\ufffd", 4, "half "),
    ],
)
def test_the_text_has_what_the_last_token_brought(text, last, offset, whole) -> None:
    assert whole_text(text, last, offset) == whole


def test_certainty_is_the_mean_surprise_of_the_likeliest() -> None:
    assert certainty([-0.1, -9.0, -2.1], 2) == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", 7e9),
        ("Qwen2.5-Math-PRM-72B", 72e9),
        ("SmolLM2-135M-Instruct", 135e6),
        ("Qwen2.5-Math-1.5B", 1.5e9),
        ("gpt-5", None),
        ("phi-3.5-mini", None),
    ],
)
def test_a_models_name_may_tell_its_size(name: str, weights: float | None) -> None:
    assert size_of(name) == weights
