"""What every engine whose model has a pause token owes those who pause, as tests."""

from dataclasses import replace

import pytest

from engines.base import Engine, Sampling, Step
from engines.pauses import pauses_of
from tests.engines.contract import GREEDY, draw

HOT = Sampling(max_tokens=20, temperature=2.0)


class PauseContract:
    async def test_the_pause_token_is_found(self, engine: Engine):
        pause = engine.capabilities.pause
        assert pause is not None
        assert await engine.tokenize("<pause>") == (pause,)

    async def test_pauses_are_of_the_prompts_tokens_and_not_of_those_drawn(self, engine: Engine):
        how = replace(GREEDY, max_tokens=4)
        plain = await draw(engine, how)
        paused = await draw(engine, replace(how, pauses=pauses_of(10, engine.capabilities)))
        assert paused.usage.prompt_tokens == plain.usage.prompt_tokens + 10
        assert paused.usage.completion_tokens <= 4

    async def test_steps_follow_the_pauses(self, engine: Engine):
        how = replace(GREEDY, max_tokens=6, pauses=pauses_of(5, engine.capabilities))
        [whole] = (await draw(engine, how)).samples
        begun = Step("", 2, whole.step.ids[:2])
        [rest] = (await draw(engine, replace(how, max_tokens=4), steps=(begun,))).samples
        assert rest.step.ids == whole.step.ids[2:]

    @pytest.mark.parametrize("m", [0, 7])
    @pytest.mark.parametrize("bias", [None, 100.0])
    async def test_none_is_ever_drawn(self, engine: Engine, m: int, bias: float | None):
        pause = engine.capabilities.pause
        asked = replace(HOT, pauses=pauses_of(m, engine.capabilities))
        asked = asked if bias is None else replace(asked, bias=((pause, bias),))
        for _ in range(3):
            generation = await draw(engine, asked, n=min(16, engine.capabilities.samples))
            assert not any(pause in sample.step.ids for sample in generation.samples)
            assert not any("<pause>" in sample.step.text for sample in generation.samples)
