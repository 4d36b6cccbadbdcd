"""What engines that draw by token ids owe whoever limits thinking, or wants an answer behind it.

The prompt opens the thinking, so that any model thinks: what it has said so far, and no more.
"""

import json
from dataclasses import replace

from jsonschema import validate

from engines.base import Delta, Engine, Generation, Prompt, Request, Sampling, Step
from engines.thinking import Thinking
from tests.engines.contract import ANIMAL, CONVERSATION

THINKING = Thinking(opened=True)
TALK = {
    "messages": [{"role": "user", "content": CONVERSATION.messages[0].content}],
    "temperature": 0.2,
    "max_tokens": 60,
    "thinking_token_budget": 12,
    "include_reasoning": True,
}
"""A request over HTTP to which a small model has enough to say, and does not wander off."""
CAPPED = Sampling(max_tokens=40, temperature=0.2, thinking_tokens=8)


async def opened(engine: Engine) -> Prompt:
    """Return a prompt behind which the model is in the midst of thinking."""
    prompt = await engine.render(CONVERSATION)
    ids = (*(prompt.ids or ()), *(await engine.tokenize(THINKING.opening) or ()))
    return replace(prompt, ids=ids, thinking=THINKING)


async def think(
    engine: Engine, how: Sampling, *, n: int = 1, steps: tuple[Step, ...] = (), listen=None
) -> Generation:
    request = Request("1.0", await opened(engine), steps, n, how, seed=7)
    return await engine.generate(request, listen)


async def closing(engine: Engine) -> Step:
    """Return how thinking is ended for the model."""
    ids = await engine.tokenize(THINKING.closing)
    assert ids
    return Step(THINKING.closing, len(ids), ids)


class ThoughtContract:
    """Holds for engines that are asked by token ids."""

    async def test_thinking_ends_at_its_cap_and_the_answer_follows(self, engine: Engine):
        end = await closing(engine)
        for sample in (await think(engine, CAPPED, n=3)).samples:
            thought, _, answer = sample.step.text.partition(end.text)
            assert (bool(thought), bool(answer)) == (True, True)
            assert sample.step.ids[8 : 8 + end.tokens] == end.ids
            assert len(sample.step.ids) == sample.step.tokens <= 40

    async def test_what_was_thought_before_counts(self, engine: Engine):
        [first] = (await think(engine, Sampling(max_tokens=5, temperature=0.2))).samples
        end = await closing(engine)
        [rest] = (await think(engine, CAPPED, steps=(first.step,))).samples
        assert rest.step.ids[3 : 3 + end.tokens] == end.ids

    async def test_no_thinking_at_all_is_a_cap_too(self, engine: Engine):
        none = replace(CAPPED, thinking_tokens=0)
        samples = (await think(engine, none, n=2)).samples
        assert all(sample.step.text.startswith(THINKING.closing) for sample in samples)
        assert all(THINKING.split(sample.step.text)[1] for sample in samples)

    async def test_a_cap_above_all_tokens_changes_nothing(self, engine: Engine):
        greedy = Sampling(max_tokens=12, temperature=0)
        free = (await think(engine, greedy)).samples[0]
        capped = (await think(engine, replace(greedy, thinking_tokens=99))).samples[0]
        assert (capped.step.ids, capped.finish) == (free.step.ids, free.finish)
        assert THINKING.unended(capped.step.text)

    async def test_thinking_and_answer_are_billed_as_one_call(self, engine: Engine):
        generation = await think(engine, CAPPED, n=2)
        written = 2 * (await closing(engine)).tokens
        drawn = sum(sample.step.tokens for sample in generation.samples)
        assert generation.usage.completion_tokens == drawn - written
        assert generation.usage.calls == 1

    async def test_a_listener_hears_thinking_and_answer_as_one(self, engine: Engine):
        heard: list[Delta] = []
        samples = (await think(engine, CAPPED, n=2, listen=heard.append)).samples
        for i, sample in enumerate(samples):
            mine = [delta for delta in heard if delta.index == i]
            assert [d.sample for d in mine if d.sample] == [sample]
            assert "".join(delta.text for delta in mine) == sample.step.text
            assert sum(delta.tokens for delta in mine) == sample.step.tokens
            assert [d.finish for d in mine if d.finish] == [mine[-1].finish] == [sample.finish]

    async def test_every_token_has_a_logprob_those_put_in_too(self, engine: Engine):
        [sample] = (await think(engine, replace(CAPPED, alternatives=3))).samples
        step = sample.step
        assert len(step.logprobs) == len(step.certainty) == step.tokens

    async def test_a_schema_is_for_the_answer_alone(self, engine: Engine):
        # Not at random: where white space is allowed, a small model may never stop writing it.
        how = replace(CAPPED, max_tokens=200, temperature=0, json_schema=json.dumps(ANIMAL))
        for sample in (await think(engine, how, n=2)).samples:
            thought, answer = THINKING.split(sample.step.text)
            assert thought
            validate(json.loads(answer), ANIMAL)
