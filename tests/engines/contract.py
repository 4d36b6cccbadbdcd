"""What every engine owes its callers, as tests. A subclass gives `engine`, a fixture."""

import asyncio
import json
from dataclasses import replace
from math import exp

import pytest
from jsonschema import validate

from engines.base import Delta, Engine, Generation, Prompt, Request, Sampling, Step
from engines.conversation import Conversation, Message, PastCall, ToolCall
from engines.errors import ContextOverflow, EngineUnavailable

CONVERSATION = Conversation((Message("user", "Name three animals, and say why you like them."),))
GREEDY = Sampling(max_tokens=16, temperature=0)
ANIMAL = {
    "type": "object",
    "properties": {
        "name": {"enum": ["cat", "dog", "owl"]},
        "legs": {"type": "integer", "enum": [2, 4]},
        "hoots": {"type": "boolean"},
    },
    "required": ["name", "legs", "hoots"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
LONG = 900
"""More tokens than any server here draws within a test."""
WITHIN_SECONDS = 15
"""A bound for machines that do much else; it takes a quarter of a second on an idle one."""


def used(asked: Conversation, argument: str, result: str) -> Conversation:
    """Add a call of the tool and its result to a conversation."""
    call = PastCall("call_1", ToolCall("add", f'{{"a": {argument}}}'))
    turns = (Message("assistant", "", (call,)), Message("tool", result, tool_call_id=call.id))
    return replace(asked, messages=(*asked.messages, *turns))


async def draw(
    engine: Engine, how: Sampling, *, n: int = 1, steps: tuple[Step, ...] = (), listen=None
) -> Generation:
    prompt = await engine.render(CONVERSATION)
    return await engine.generate(Request("1.0", prompt, steps, n, how, seed=7), listen)


async def greedy(engine: Engine, steps: tuple[Step, ...] = (), **how) -> Step:
    return (await draw(engine, replace(GREEDY, **how), steps=steps)).samples[0].step


def middle(text: str) -> str:
    """Return a few characters that are likely to begin and end within tokens."""
    return text[len(text) // 2 : len(text) // 2 + 3]


class EngineContract:
    """Holds for whatever gives samples, recorded ones included."""

    async def test_all_samples_come(self, engine: Engine):
        generation = await draw(engine, Sampling(max_tokens=8), n=3)
        assert len(generation.samples) == 3

    async def test_no_sample_has_more_tokens_than_allowed(self, engine: Engine):
        sample = (await draw(engine, replace(GREEDY, max_tokens=3))).samples[0]
        assert (sample.finish, sample.step.tokens, sample.stop) == ("length", 3, None)

    async def test_every_token_has_an_id(self, engine: Engine):
        step = await greedy(engine)
        assert step.ids is not None
        assert len(step.ids) == step.tokens

    async def test_a_stop_string_ends_a_sample_and_is_kept_and_named(self, engine: Engine):
        text = (await greedy(engine)).text
        stop = middle(text)
        sample = (await draw(engine, replace(GREEDY, stop=("\0", stop)))).samples[0]
        assert (sample.finish, sample.stop) == ("stop", stop)
        assert text[: text.index(stop) + len(stop)] in sample.step.text

    async def test_a_stopped_samples_text_is_what_its_ids_say(self, engine: Engine):
        whole = await greedy(engine)
        stopped = await greedy(engine, stop=(middle(whole.text),))
        assert whole.text.startswith(stopped.text)
        assert whole.ids[: stopped.tokens] == stopped.ids

    async def test_going_on_from_a_step_is_like_drawing_it_in_one_go(self, engine: Engine):
        whole = await greedy(engine)
        first = await greedy(engine, stop=(middle(whole.text),))
        rest = await greedy(engine, (first,), max_tokens=16 - first.tokens)
        assert first.text + rest.text == whole.text
        assert first.ids + rest.ids == whole.ids

    async def test_at_temperature_zero_the_same_comes_twice(self, engine: Engine):
        assert (await greedy(engine)).ids == (await greedy(engine)).ids

    async def test_a_seed_does_no_harm_twice_in_a_row(self, engine: Engine):
        for _ in range(2):
            assert (await draw(engine, Sampling(max_tokens=2))).samples

    async def test_logprobs_are_given_for_every_token_when_asked_for(self, engine: Engine):
        stop = middle((await greedy(engine)).text)
        step = await greedy(engine, alternatives=3, stop=(stop,))
        assert len(step.logprobs) == len(step.certainty) == step.tokens
        assert all(logprob <= 0 for logprob in step.logprobs)
        assert all(certainty >= 0 for certainty in step.certainty)

    async def test_logprobs_are_not_given_unless_asked_for(self, engine: Engine):
        step = await greedy(engine)
        assert (step.logprobs, step.certainty) == (None, None)

    async def test_the_bill_is_the_prompt_once_and_every_token_drawn(self, engine: Engine):
        prompt = await engine.render(CONVERSATION)
        generation = await draw(engine, Sampling(max_tokens=6), n=2)
        usage, drawn = generation.usage, sum(s.step.tokens for s in generation.samples)
        computed = usage.prompt_tokens - usage.cached_tokens + usage.completion_tokens
        assert (usage.prompt_tokens, usage.completion_tokens) == (len(prompt.ids), drawn)
        assert usage.calls == 1
        assert usage.flops == engine.capabilities.flops_per_token * computed > 0

    async def test_what_a_listener_hears_joins_to_the_samples(self, engine: Engine):
        stop = middle((await greedy(engine)).text)
        heard: list[Delta] = []
        how = Sampling(max_tokens=12, stop=(stop,))
        samples = (await draw(engine, how, n=2, listen=heard.append)).samples
        for i, sample in enumerate(samples):
            mine = [delta for delta in heard if delta.index == i]
            assert "".join(delta.text for delta in mine) == sample.step.text
            assert sum(delta.tokens for delta in mine) == sample.step.tokens
            assert [d.finish for d in mine if d.finish] == [mine[-1].finish] == [sample.finish]
            assert [d.sample for d in mine if d.sample] == [mine[-1].sample] == [sample]

    async def test_listening_changes_nothing(self, engine: Engine):
        how = replace(GREEDY, stop=(middle((await greedy(engine)).text),), alternatives=2)
        alone = (await draw(engine, how)).samples[0]
        heard = (await draw(engine, how, listen=lambda _: None)).samples[0]
        assert (heard.step.text, heard.step.ids) == (alone.step.text, alone.step.ids)
        assert heard.step.logprobs == pytest.approx(alone.step.logprobs, abs=0.1)

    async def test_every_sample_is_of_the_schema(self, engine: Engine):
        assert engine.capabilities.structured
        how = Sampling(max_tokens=200, json_schema=json.dumps(ANIMAL))
        samples = (await draw(engine, how, n=3, listen=lambda _: None)).samples
        for sample in samples:
            validate(json.loads(sample.step.text), ANIMAL)
            assert sample.finish == "eos"

    async def test_tools_their_calls_and_their_results_come_into_the_prompt(self, engine: Engine):
        told = replace(CONVERSATION, tools=(TOOL,))
        called = [used(told, "1", "2"), used(told, "3", "2"), used(told, "1", "4")]
        prompts = {(await engine.render(asked)).ids for asked in (CONVERSATION, told, *called)}
        assert len(prompts) == 5

    async def test_rendering_twice_gives_the_same_prompt(self, engine: Engine):
        assert await engine.render(CONVERSATION) == await engine.render(CONVERSATION)

    async def test_a_healthy_engine_says_so(self, engine: Engine):
        await engine.health()


class LiveContract(EngineContract):
    """Holds besides for engines that draw when they are asked."""

    async def test_a_text_of_ours_is_tokens_a_sample_can_follow(self, engine: Engine):
        ids = await engine.tokenize("Wait, no.")
        assert ids
        said = Step("Wait, no.", len(ids), ids)
        after = await draw(engine, GREEDY, steps=(said,))
        bare = await draw(engine, GREEDY)
        assert after.usage.prompt_tokens == bare.usage.prompt_tokens + len(ids)

    async def test_cancelling_a_call_frees_the_server(self, engine: Engine):
        begun = asyncio.Event()
        n = min(4, engine.capabilities.samples)
        long = draw(engine, Sampling(LONG), n=n, listen=lambda _: begun.set())
        async with asyncio.timeout(WITHIN_SECONDS), asyncio.TaskGroup() as group:
            call = group.create_task(long)
            await self.working(begun)
            call.cancel()
            await draw(engine, Sampling(max_tokens=1), n=n)

    async def working(self, begun: asyncio.Event) -> None:
        await begun.wait()

    async def test_the_likelier_label_is_likelier(self, engine: Engine):
        likely = (await greedy(engine, max_tokens=1)).text
        prompt = await engine.render(CONVERSATION)
        asked = Request("1.0", prompt, (), 1, Sampling(1), seed=7)
        found = await engine.likelihoods(asked, (likely, " zebra"))
        assert found.logprobs[0] > found.logprobs[1]
        assert sum(exp(logprob) for logprob in found.logprobs) <= 1.001
        assert found.usage.prompt_tokens == len(prompt.ids)


class ServedContract(LiveContract):
    """Holds besides for engines with a server; needs `dead`, an engine whose server is gone."""

    async def test_the_model_ends_a_sample_when_it_has_no_more_to_say(self, engine: Engine):
        brief = Conversation((Message("user", "What is the capital of France? One word."),))
        prompt = await engine.render(brief)
        generation = await engine.generate(Request("1.0", prompt, (), 1, Sampling(200, 0), 7))
        assert generation.samples[0].finish == "eos"
        assert "<|" not in generation.samples[0].step.text

    async def test_more_than_the_context_is_refused(self, engine: Engine):
        with pytest.raises(ContextOverflow):
            await draw(engine, Sampling(max_tokens=1_000_000))

    async def test_a_prompt_beyond_the_context_is_refused(self, engine: Engine):
        prompt = Prompt(CONVERSATION, (1,) * 10_000)
        with pytest.raises(ContextOverflow):
            await engine.generate(Request("1.0", prompt, (), 1, Sampling(1), seed=7))

    async def test_a_dead_server_is_an_unavailable_engine(self, engine: Engine, dead: Engine):
        prompt = await engine.render(CONVERSATION)
        for call in (
            dead.health(),
            dead.render(CONVERSATION),
            dead.generate(Request("1.0", prompt, (), 1, GREEDY, seed=7)),
            dead.likelihoods(Request("1.0", prompt, (), 1, GREEDY, seed=7), (" zebra",)),
        ):
            with pytest.raises(EngineUnavailable):
                await call

    async def test_a_template_can_be_given_tools_and_settings(self, engine: Engine):
        asked = replace(CONVERSATION, tools=(TOOL,), template={"enable_thinking": False})
        assert (await engine.render(asked)).ids
