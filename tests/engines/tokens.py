"""What every engine by token ids owes those who look at single tokens, as tests."""

from dataclasses import replace

from engines.base import Engine, Request
from engines.conversation import Conversation, Message
from engines.drawn import within
from tests.engines.contract import GREEDY, draw, middle

RAW = "One, two, three,"


async def go_on(engine: Engine, raw, **how) -> str:
    asked = Conversation((Message("user", RAW),), raw=raw)
    prompt = await engine.render(asked)
    request = Request("1.0", prompt, (), 1, replace(GREEDY, **how), seed=7)
    return (await engine.generate(request)).samples[0].step.text


class TokenContract:
    async def test_tokens_make_up_the_text_they_are_shown_of(self, engine: Engine):
        [sample] = (await draw(engine, replace(GREEDY, shown=3))).samples
        tokens = sample.step.drawn
        assert len(tokens) == sample.step.tokens
        assert within(sample.step.text, tokens, 0, len(sample.step.text)) is not None
        assert all(len(one.top) == 3 for one in tokens)
        tops = [[top.logprob for top in one.top] for one in tokens]
        assert all(top == sorted(top, reverse=True) for top in tops)
        assert all(one.token.logprob <= 0 for one in tokens)

    async def test_no_alternatives_are_shown_unless_asked_for(self, engine: Engine):
        [sample] = (await draw(engine, replace(GREEDY, shown=0))).samples
        assert len(sample.step.drawn) == sample.step.tokens
        assert all(one.top == () for one in sample.step.drawn)
        assert (sample.step.logprobs, sample.step.certainty) == (None, None)
        [plain] = (await draw(engine, GREEDY)).samples
        assert plain.step.drawn is None

    async def test_tokens_in_front_of_a_stop_string_are_told_apart(self, engine: Engine):
        [whole] = (await draw(engine, GREEDY)).samples
        stop = middle(whole.step.text)
        [sample] = (await draw(engine, replace(GREEDY, shown=1, stop=(stop,)))).samples
        until = sample.step.text.index(stop)
        tokens = within(sample.step.text, sample.step.drawn, 0, until)
        said = "".join(one.token.text for one in tokens)
        assert said.startswith(sample.step.text[:until])
        assert len(tokens) <= sample.step.tokens

    async def test_what_certainty_is_made_of_does_not_change_what_is_shown(self, engine: Engine):
        [few] = (await draw(engine, replace(GREEDY, shown=2, alternatives=5))).samples
        [alone] = (await draw(engine, replace(GREEDY, alternatives=5))).samples
        assert all(len(one.top) == 2 for one in few.step.drawn)
        assert few.step.certainty == alone.step.certainty

    async def test_a_raw_prompt_is_read_as_it_is(self, engine: Engine):
        prompt = await engine.render(Conversation((Message("user", RAW),), raw=RAW))
        templated = await engine.render(Conversation((Message("user", RAW),)))
        assert 0 < len(prompt.ids) < len(templated.ids)
        assert prompt.thinking is None
        assert await go_on(engine, RAW) == await go_on(engine, prompt.ids)


class BiasContract:
    async def test_a_bias_bans_a_token_or_has_no_other_drawn(self, engine: Engine):
        assert engine.capabilities.biased
        [plain] = (await draw(engine, replace(GREEDY, max_tokens=4))).samples
        first = plain.step.ids[0]
        [banned] = (await draw(engine, replace(GREEDY, bias=((first, -100),)))).samples
        assert first not in banned.step.ids
        [only] = (await draw(engine, replace(GREEDY, max_tokens=4, bias=((1000, 100),)))).samples
        assert only.step.ids == (1000,) * 4
