"""How an engine finds out whether its model thinks, and what it does about a turn's thinking."""

import json

import pytest
from jsonschema import validate

from engines.base import Request, Sampling
from engines.errors import Unsupported
from engines.llamacpp_client import LlamaCpp
from engines.llamacpp_client import probe as probe_llamacpp
from engines.openai import OpenAI
from engines.thinking import Marks, Thinking
from tests.app.client import ask
from tests.engines.contract import ANIMAL, CONVERSATION
from tests.engines.test_vllm import draw, open_vllm
from tests.engines.thoughts import TALK
from tests.engines.wire import SAID, Wire, serve
from tests.small import SMALL

OPENED = "bot: <think>\n"
CLOSED = "bot: <think>\n\n</think>\n\n"
FORM = '{"type": "boolean"}'


def thinker(**told) -> Wire:
    return Wire(thought="let us see a b c d e f g h i j k", **told)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_model_without_marks_is_not_taken_for_one_that_thinks(ids: bool) -> None:
    async with serve(Wire(ids=ids)) as wire, open_vllm(wire.url) as engine:
        able = engine.capabilities
        assert (able.thinking, able.caps_thinking) == (None, False)
        assert (await engine.render(CONVERSATION)).thinking is None


async def test_a_model_that_has_the_marks_as_tokens_is_found() -> None:
    async with serve(thinker()) as wire, open_vllm(wire.url) as engine:
        able = engine.capabilities
        assert able.thinking == Thinking(end_ids=tuple(wire.encode("</think>")))
        assert (able.caps_thinking, able.continues, able.structured) == (True, True, True)


async def test_what_is_configured_is_not_probed_for() -> None:
    own = Marks(start="[T]", end="[/T]")
    async with serve(Wire()) as wire, open_vllm(wire.url, thinking=own) as engine:
        thinking = engine.capabilities.thinking
        assert (thinking.start, thinking.end) == ("[T]", "[/T]")
        assert wire.decode(list(thinking.end_ids)) == "[/T]"
    async with serve(thinker()) as wire, open_vllm(wire.url, thinking=None) as engine:
        assert engine.capabilities.thinking is None


@pytest.mark.parametrize(("template", "opened"), [("bot: ", False), (OPENED, True), (CLOSED, None)])
async def test_the_rendered_prompt_says_whether_thinking_has_begun(template, opened) -> None:
    async with serve(thinker(template=template)) as wire, open_vllm(wire.url) as engine:
        prompt = await engine.render(CONVERSATION)
        assert (prompt.thinking and prompt.thinking.opened) is opened
        assert wire.decode(list(prompt.ids)).endswith(template)


@pytest.mark.parametrize("template", ["bot: ", OPENED])
async def test_thinking_is_begun_where_that_is_configured(template: str) -> None:
    own = Marks(opened=True)
    async with (
        serve(thinker(template=template)) as wire,
        open_vllm(wire.url, thinking=own) as engine,
    ):
        prompt = await engine.render(CONVERSATION)
        assert prompt.thinking.opened
        assert wire.decode(list(prompt.ids)).endswith(f"bot: {prompt.thinking.opening}")


@pytest.mark.parametrize("template", ["bot: ", OPENED])
async def test_a_model_that_comes_to_its_end_of_thinking_goes_on_by_itself(template: str) -> None:
    start = "" if template == OPENED else "<think>\n"
    async with (
        serve(thinker(template=template, start=start)) as wire,
        open_vllm(wire.url) as engine,
    ):
        free = (await draw(engine)).samples[0]
        calls = len(wire.seen)
        capped = (await draw(engine, thinking_tokens=20)).samples[0]
        assert (capped.step.text, capped.finish) == (free.step.text, "eos")
        assert [body["stop"] for body in wire.seen[calls:]] == [["</think>"], []]


async def test_the_start_of_thinking_is_no_token_of_it() -> None:
    async with serve(thinker()) as wire, open_vllm(wire.url) as engine:
        [sample] = (await draw(engine, thinking_tokens=3)).samples
        assert sample.step.text == f"<think>\nlet us see \n</think>\n\n{SAID}"


async def test_a_model_that_does_not_think_this_time_is_not_made_to() -> None:
    async with serve(Wire()) as wire, open_vllm(wire.url, thinking=Marks()) as engine:
        [sample] = (await draw(engine, thinking_tokens=2)).samples
        assert (sample.step.text, sample.finish) == (SAID, "eos")


@pytest.mark.parametrize("thought", ["", "let us see"])
async def test_whether_it_thinks_is_found_out_before_a_schema_holds(thought: str) -> None:
    wire = Wire(thought=thought)
    async with serve(wire), open_vllm(wire.url, thinking=Marks()) as engine:
        generation = await draw(engine, n=2, json_schema=FORM)
        for sample in generation.samples:
            assert Thinking().split(sample.step.text) == (thought, "true")
        assert generation.usage.calls == 1
        assert [bool(body.get("response_format")) for body in wire.seen[-3:]].count(True) >= 1


async def test_a_schema_holds_at_once_where_the_prompt_has_ended_the_thinking() -> None:
    async with serve(thinker(template=CLOSED)) as wire, open_vllm(wire.url) as engine:
        wire.thought = ""
        calls = len(wire.seen)
        [sample] = (await draw(engine, json_schema=FORM, thinking_tokens=4)).samples
        assert (sample.step.text, len(wire.seen) - calls) == ("true", 1)


async def test_without_room_for_the_end_and_an_answer_thinking_is_cut() -> None:
    async with serve(thinker(template=OPENED, start="")) as wire, open_vllm(wire.url) as engine:
        [sample] = (await draw(engine, thinking_tokens=3, max_tokens=5)).samples
        assert (sample.step.text, sample.finish) == ("let us see ", "length")


async def test_a_stop_string_of_the_callers_ends_the_sample_within_its_thinking() -> None:
    async with serve(thinker(template=OPENED, start="")) as wire, open_vllm(wire.url) as engine:
        [sample] = (await draw(engine, thinking_tokens=9, stop=("see",))).samples
        assert (sample.finish, sample.stop) == ("stop", "see")


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_thinking_that_a_server_parsed_is_put_back_into_the_turn(field: str) -> None:
    async with serve(thinker(ids=False, parsed=field)) as wire, open_vllm(wire.url) as engine:
        able, [sample] = engine.capabilities, (await draw(engine)).samples
        assert isinstance(engine, OpenAI)
        assert (able.thinking, able.continues) == (Thinking(), False)
        assert sample.step.text == f"<think>{wire.thought}\n</think>\n\n{SAID}"


async def test_thinking_that_was_cut_has_no_end_by_text_either() -> None:
    async with serve(thinker(ids=False, parsed="reasoning")) as wire, open_vllm(wire.url) as engine:
        [sample] = (await draw(engine, max_tokens=4)).samples
        assert (sample.step.text, sample.finish) == ("<think>let us see ", "length")


async def test_marks_that_no_server_parsed_are_found_in_the_text() -> None:
    async with serve(thinker(ids=False)) as wire, open_vllm(wire.url) as engine:
        [sample] = (await draw(engine)).samples
        assert engine.capabilities.thinking == Thinking()
        assert Thinking().split(sample.step.text) == (wire.thought, SAID)


@pytest.mark.parametrize("caps", [True, False])
async def test_by_text_a_cap_is_the_servers_if_it_keeps_one(caps: bool) -> None:
    wire = thinker(ids=False, parsed="reasoning", caps=caps)
    async with serve(wire), open_vllm(wire.url) as engine:
        assert engine.capabilities.caps_thinking is caps
        if not caps:
            with pytest.raises(Unsupported, match="does not limit") as caught:
                await draw(engine, thinking_tokens=4)
            assert caught.value.param == "thinking_token_budget"
            return
        await draw(engine, thinking_tokens=4)
        assert wire.seen[-1]["thinking_token_budget"] == 4


async def test_a_stream_by_text_has_the_marks_in_their_places() -> None:
    heard: list[str] = []
    async with serve(thinker(ids=False, parsed="reasoning")) as wire, open_vllm(wire.url) as engine:
        whole = await draw(engine)
        streamed = await draw(engine, listen=lambda delta: heard.append(delta.text))
        assert streamed.samples[0].step.text == whole.samples[0].step.text == "".join(heard)
        assert wire.seen[-1]["stream"]


@pytest.mark.embedded
async def test_the_embedded_model_does_not_think_unless_told_so(embedded: LlamaCpp) -> None:
    assert embedded.capabilities.thinking is None


@pytest.fixture
async def thinking(server) -> LlamaCpp:
    return await probe_llamacpp(server, 4096, marked=Marks(opened=True))


@pytest.mark.embedded
async def test_the_embedded_model_can_be_made_to_think(thinking: LlamaCpp) -> None:
    prompt = await thinking.render(CONVERSATION)
    how = Sampling(max_tokens=60, temperature=0.2, thinking_tokens=12)
    generation = await thinking.generate(Request("1.0", prompt, (), 2, how, seed=1))
    for sample in generation.samples:
        thought, answer = prompt.thinking.split(sample.step.text)
        assert answer
        assert 0 < len(await thinking.tokenize(thought)) <= 12


@pytest.mark.embedded
@pytest.mark.parametrize("kind", ["sample", "best_of_n", "beam_search", "budget_forcing"])
async def test_over_http_its_answer_is_apart_from_its_thinking(thinking, kind: str) -> None:
    body = (await ask(thinking, **TALK, search={"strategy": SMALL[kind]})).json()
    message = body["choices"][0]["message"]
    assert 0 < len(await thinking.tokenize(message["reasoning"])) <= 13
    assert "think>" not in message["reasoning"]
    assert message["content"]


@pytest.mark.embedded
async def test_over_http_its_answer_is_json_behind_its_thinking(thinking: LlamaCpp) -> None:
    form = {"name": "animal", "schema": ANIMAL}
    how = TALK | {"response_format": {"type": "json_schema", "json_schema": form}}
    body = (
        await ask(thinking, **how | {"max_tokens": 200}, search={"strategy": SMALL["majority"]})
    ).json()
    validate(json.loads(body["choices"][0]["message"]["content"]), ANIMAL)
    assert body["choices"][0]["message"]["reasoning"]
    assert body["search"]["degradations"] == []
