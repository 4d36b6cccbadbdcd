import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from engines.base import Prompt, Step
from engines.errors import ContextOverflow, EngineUnavailable
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, Candidate, ScorerUnavailable, Verdict
from scorers.build import open_scorer
from scorers.head import Head
from scorers.hidden_states import HiddenStatesConfig
from tests.scorers.candidates import LastWord, candidate, prompt
from tests.scorers.heads import BY_TWO, head_file, shows, state, unasked

FIRST, SECOND = candidate("6 * 7\n\n", "is 42."), candidate("It is 41.")
HEAD = Head.model_validate(BY_TWO)


@asynccontextmanager
async def judging(folder, engine: FakeEngine | None = None, *, head: Any = None, **config: Any):
    """An engine that shows hidden states, and the scorer that reads them."""
    shown = engine or shows()
    told = HiddenStatesConfig(head=head_file(folder, **(head or {})), **config)
    async with open_scorer("it", told, shown, LastWord()) as scorer:
        shown.read.clear()
        yield shown, scorer


def drawn(*steps: tuple[int, ...], finish: Any = "stop") -> Candidate:
    """A solution that an engine drew, of these tokens."""
    texts = tuple(Step("".join(map(chr, ids)), len(ids), ids) for ids in steps)
    return Candidate(Prompt(prompt().conversation, (1, 2)), texts, finish)


def reward(*ids: int) -> float:
    return HEAD.probability(state(ids))


async def test_a_turn_is_read_as_it_was_drawn_and_judged_at_each_steps_last_token(tmp_path):
    async with judging(tmp_path) as (engine, scorer):
        [verdict] = (await scorer.judge((drawn((65, 66), (67,)),))).opinions
    [(name, ids)] = engine.read
    assert (name, ids) == ("it-2", (1, 2, 65, 66, 67))
    assert verdict.rewards == (reward(1, 2, 65, 66), reward(1, 2, 65, 66, 67))
    assert verdict.score == pytest.approx(verdict.rewards[0] * verdict.rewards[1])


async def test_the_token_that_ended_the_turn_is_left_out(tmp_path):
    async with judging(tmp_path) as (engine, scorer):
        ended = drawn((65, 66), (67, 9), finish="eos")
        lone = drawn((65, 66), (9,), finish="eos")
        one, other = (await scorer.judge((ended, lone))).opinions
    assert [ids for _, ids in engine.read] == [(1, 2, 65, 66, 67), (1, 2, 65, 66)]
    assert other.rewards == (one.rewards[0],) * 2


async def test_a_solution_from_elsewhere_is_rendered_and_tokenized(tmp_path):
    async with judging(tmp_path) as (engine, scorer):
        await scorer.judge((FIRST,))
        rendered = (await engine.render(FIRST.prompt.conversation)).ids
        turn = [i for step in FIRST.steps for i in await engine.tokenize(step.text)]
    assert engine.read[0][1] == (*rendered, *turn)


async def test_a_layout_has_each_step_tokenized_by_itself_with_a_separator_behind(tmp_path):
    layout = {"separator": "\n", "prefix": "{question}\n", "split": "\n\n"}
    async with judging(tmp_path, head={"layout": layout}) as (engine, scorer):
        [verdict] = (await scorer.judge((FIRST,))).opinions
        pieces = ["What is 6 * 7?\n", "6 * 7", "\n", "is 42.", "\n"]
        ids = [await engine.tokenize(piece) for piece in pieces]
    assert engine.read[0][1] == tuple(i for piece in ids for i in piece)
    assert len(verdict.rewards) == 2


@pytest.mark.parametrize("how", ["last", "min", "mean"])
async def test_the_configurations_aggregation_counts_before_the_heads(tmp_path, how):
    async with judging(tmp_path, aggregation=how) as (_, scorer):
        [verdict] = (await scorer.judge((FIRST,))).opinions
    one, two = verdict.rewards
    assert verdict.score == {"last": two, "min": min(one, two), "mean": (one + two) / 2}[how]


async def test_prefixes_that_were_read_are_not_read_again(tmp_path):
    async with judging(tmp_path) as (engine, scorer):
        whole = await scorer.judge((drawn((65,), (66,)), drawn((65,), (66,))))
        begun = await scorer.judge((drawn((65,), finish=None),))
        longer = await scorer.judge((drawn((65,), (66,), (67,)),))
    assert [ids for _, ids in engine.read] == [(1, 2, 65, 66), (1, 2, 65, 66, 67)]
    assert begun.usage == Usage()
    assert longer.opinions[0].rewards[:2] == whole.opinions[0].rewards


async def test_tokens_read_are_billed(tmp_path):
    async with judging(tmp_path) as (_, scorer):
        usage = (await scorer.judge((drawn((65, 66)), drawn((67,))))).usage
    assert usage == Usage(prompt_tokens=7, calls=1, flops=7.0)


async def test_what_is_drawn_is_bound_by_its_tokens_and_other_text_by_what_can_be_read(tmp_path):
    async with judging(tmp_path) as (_, scorer):
        bounds = [scorer.bound((c,)).prompt_tokens for c in (drawn((65, 66)), FIRST)]
    assert bounds == [4, 1000]


async def test_what_cannot_be_read_is_abstained_on_and_the_rest_is_judged(tmp_path):
    fields = {"fewest_tokens": 2, "known": BY_TWO_KNOWN}
    async with judging(tmp_path, shows(states=30), head=fields) as (engine, scorer):
        asked = (drawn((65,) * 40), drawn((65,)), drawn((65,), finish=None), drawn((65, 66)))
        long, short, begun, fit = (await scorer.judge(asked)).opinions
    assert long == Abstention("it has 42 tokens with its question, and 30 can be read")
    assert short == Abstention("it has 1 tokens, too few for the head")
    assert isinstance(begun, Verdict)
    assert isinstance(fit, Verdict)
    assert len(engine.read) == 2


BY_TWO_KNOWN = {"question": "1+1=?", "steps": ["2\n", "Answer: 2"]}


async def test_questions_the_head_was_not_trained_for_are_abstained_on(tmp_path):
    fields = {"domain": r"[0-9+]+=\?", "known": BY_TWO_KNOWN}
    async with judging(tmp_path, head=fields) as (_, scorer):
        asked = (FIRST, candidate("4", asked=prompt("2+2=?")))
        other, own = (await scorer.judge(asked)).opinions
    assert other == Abstention("the head was not trained for such a question")
    assert isinstance(own, Verdict)


async def test_a_head_made_for_another_model_is_refused(tmp_path):
    known = BY_TWO_KNOWN | {"rewards": [0.01, 0.99]}
    with pytest.raises(ScorerUnavailable, match="it is not for this model"):
        async with judging(tmp_path, head={"known": known}):
            pass


async def test_a_head_for_states_of_another_size_is_refused(tmp_path):
    layers = [{"weights": [[1.0, 2.0, 3.0]], "bias": [0]}]
    with pytest.raises(ScorerUnavailable, match=r"reads hidden states of 3 numbers; .* have 2"):
        async with judging(tmp_path, head={"layers": layers}):
            pass


@pytest.mark.parametrize("engine", [shows(states=0), FakeEngine(unasked)])
async def test_an_engine_that_shows_no_states_is_refused_with_advice(tmp_path, engine):
    with pytest.raises(ScorerUnavailable, match="set `model` to a GGUF file"):
        async with judging(tmp_path, engine):
            pass


@pytest.mark.parametrize("error", [EngineUnavailable("down"), ContextOverflow("too long")])
async def test_a_server_that_fails_is_a_scorer_that_fails(tmp_path, error):
    async with judging(tmp_path) as (engine, scorer):

        def fail(ids):
            raise error

        engine._state = fail
        with pytest.raises(ScorerUnavailable, match=str(error)) as raised:
            await scorer.judge((SECOND,))
    assert raised.value.unspent == error.unspent


async def test_reading_that_takes_too_long_has_failed(tmp_path):
    class Slow(FakeEngine):
        async def render(self, conversation):
            await asyncio.sleep(60)
            return await super().render(conversation)

    engine = shows()
    slow = Slow(unasked, state=state, capabilities=engine.capabilities)
    with pytest.raises(ScorerUnavailable, match=r"longer than 0\.01 s"):
        async with judging(tmp_path, slow, timeout_seconds=0.01):
            pass


async def test_a_model_of_its_own_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ScorerUnavailable, match=r"own model: there is no model file"):
        async with judging(tmp_path, model=tmp_path / "none.gguf"):
            pass
