"""What becomes of thinking in a search: kept, counted and capped, and never taken for an answer."""

import asyncio
import json
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engines.base import Prompt, Request, Sampling, Step
from engines.errors import EngineOverloaded
from engines.fake import FakeEngine
from engines.thinking import Thinking
from scorers.asking import Asker
from scorers.base import Candidate
from search import Budget, Task, run_search
from search.errors import StrategyRefused
from search.events import Drafted, Generated, Grouped, Rendered, Trace, Undrawn
from search.replay import Replay
from search.strategies import (
    AdaptiveConsistency,
    BeamSearch,
    BestOfN,
    BudgetForcing,
    CertaintyProbe,
    Majority,
    Mixture,
    OneSample,
    Strategy,
)
from search.strategies.budget_forcing import FORCE
from tests.search.thinkers import CLOSED, OPENED, thinker
from tests.search.world import ASKED, TASK, bill, every_strategy, models, search

CAPPED = replace(TASK.sampling, thinking_tokens=2)
SCHEMA = json.dumps({"required": ["x"]})
TRACE = TypeAdapter(Trace)
kinds = pytest.mark.parametrize("thinking", [CLOSED, OPENED], ids=["begins", "opened"])


def spoken(trace: Trace) -> list[str]:
    """Return all that was compared or shown to the model as an answer."""
    grouped = [text for e in trace if isinstance(e, Grouped) for text in e.texts]
    rendered = [e.prompt.conversation.messages for e in trace if isinstance(e, Rendered)]
    return grouped + [turn.content for turns in rendered for turn in turns]


@every_strategy
@kinds
async def test_no_answer_holds_thinking_and_votes_are_by_answers(
    strategy: Strategy, thinking: Thinking
) -> None:
    outcome, trace = await search(strategy, models(thinker(thinking=thinking)))
    assert outcome.answer.answer.endswith(("Answer: a", "Answer: b"))
    assert "hm" in outcome.answer.thinking
    assert not any("hm" in candidate.answer for candidate in outcome.ranked)
    assert not any("hm" in text or "think>" in text for text in spoken(trace))


@every_strategy
@kinds
async def test_every_strategy_keeps_the_cap_and_replays(
    strategy: Strategy, thinking: Thinking
) -> None:
    world = models(thinker(thinking=thinking))
    outcome, trace = await search(strategy, world, sampling=CAPPED)
    kept = [e for e in trace if not isinstance(e, Drafted)]
    replay = Replay(TRACE.validate_json(TRACE.dump_json(kept)), world.engine.capabilities)
    replayed = replace(replay.models, scorers=replay.models.scorers or world.scorers)
    assert (await search(strategy, replayed, sampling=CAPPED))[0] == outcome
    assert bill(trace) == outcome.usage
    assert all(len(c.thinking.split()) <= 4 for c in outcome.ranked)
    assert outcome.answer.answer.endswith(("Answer: a", "Answer: b"))


@pytest.mark.parametrize(
    "strategy",
    [BestOfN(n=4), BeamSearch(n=4, width=2, rounds=3), BudgetForcing(), OneSample(n=3)],
    ids=lambda s: s.kind,
)
@settings(deadline=None)
@given(
    tokens=st.integers(1, 90) | st.just(inf),
    flops=st.integers(1, 900) | st.just(inf),
    calls=st.integers(1, 9) | st.just(inf),
    cap=st.integers(0, 6) | st.none(),
)
def test_drawing_in_phases_never_overspends(strategy, tokens, flops, calls, cap) -> None:
    task = replace(TASK, sampling=replace(TASK.sampling, thinking_tokens=cap))
    budget = Budget(tokens=tokens, flops=flops, calls=calls)
    spent = asyncio.run(run_search(strategy, task, models(thinker()), budget)).usage
    assert spent.completion_tokens <= tokens
    assert spent.flops <= flops
    assert spent.calls <= calls


async def test_a_solution_that_ended_within_its_thinking_has_no_vote_and_ranks_last() -> None:
    said = ("<think> hm Answer: no", "<think> hm Answer: no", "<think> hm </think> Answer: a")
    engine = thinker(lambda _, i: said[i % 3])
    for strategy in (Majority(n=3), BestOfN(n=3)):
        outcome, _ = await search(strategy, models(engine))
        assert [c.answer for c in outcome.ranked] == ["Answer: a", "", ""]
        assert [c.whole for c in outcome.ranked] == [True, False, False]


@pytest.mark.parametrize("strategy", [OneSample(), Majority(n=2)])
async def test_the_response_says_if_the_thinking_never_came_to_an_answer(strategy) -> None:
    engine = thinker(lambda *_: "<think> hm Answer: no")
    outcome, _ = await search(strategy, models(engine))
    assert (outcome.answer.answer, outcome.answer.thinking) == ("", "hm Answer: no")
    assert outcome.degradations[-1].startswith("there is no answer")


async def test_a_schema_is_for_the_answer() -> None:
    def reply(request: Request, i: int) -> str:
        thought = "<think> hm {} </think> no".removeprefix(request.text)
        return '{"x": 1}' if request.sampling.json_schema else thought

    how = replace(TASK.sampling, json_schema=SCHEMA)
    outcome, _ = await search(Majority(n=3), models(thinker(reply)), sampling=how)
    assert [c.answer for c in outcome.ranked] == ['{"x": 1}'] * 3
    assert (outcome.answer.thinking, outcome.degradations) == ("hm {}", ())


async def test_a_cap_on_thinking_is_refused_where_it_would_not_be_kept() -> None:
    deaf = thinker()
    deaf.capabilities = replace(deaf.capabilities, caps_thinking=False)
    for engine, reason in ((thinker(thinking=None), "does not think"), (deaf, "does not limit")):
        with pytest.raises(StrategyRefused, match=reason) as caught:
            await search(OneSample(), models(engine), sampling=CAPPED)
        assert caught.value.param == "thinking_token_budget"


async def test_the_end_of_thinking_is_one_of_the_stop_strings_an_engine_takes() -> None:
    engine = thinker()
    engine.capabilities = replace(engine.capabilities, stops=1)
    how = replace(TASK.sampling, stop=("END",))
    await search(OneSample(), models(engine), sampling=how)
    with pytest.raises(StrategyRefused, match="2 stop strings, 1 of them the search's own"):
        await search(OneSample(), models(engine), sampling=replace(how, thinking_tokens=2))


async def test_forcing_knows_the_models_own_end_of_thinking() -> None:
    outcome, _ = await search(BudgetForcing(waits=1), models(thinker()))
    assert outcome.answer.text.count("Wait") == outcome.answer.text.count("</think>") == 1
    engine = thinker(lambda r, _: "42" if FORCE in r.text else "<think> " + "w " * 50)
    forced, _ = await search(BudgetForcing(), models(engine), sampling=CAPPED)
    assert forced.answer.text == "<think> w </think>" + FORCE + "42"


async def test_probing_knows_the_models_own_end_of_thinking() -> None:
    outcome, trace = await search(CertaintyProbe(chunk=20), models(thinker()))
    assert outcome.answer.answer.startswith(("a a", "b b"))
    assert len([e for e in trace if isinstance(e, Generated)]) == 2


async def test_a_judge_that_thinks_is_asked_for_its_answer_at_once() -> None:
    engine = thinker(thinking=OPENED)
    await Asker("judge", engine, ("Yes", "No")).ask("Is it?")
    assert engine.seen[-1].text == OPENED.closing


@pytest.mark.parametrize(("end_ids", "tokens"), [((8,), 3), ((8, 9), 2), ((), 2), ((5,), 2)])
def test_the_answers_tokens_are_those_behind_the_end_of_thinking(end_ids, tokens: int) -> None:
    prompt = Prompt(ASKED, (), thinking=Thinking(end_ids=end_ids))
    steps = (Step("<think>ab", 3, (1, 2, 3)), Step("</think>answer 4", 4, (8, 9, 6, 7)))
    candidate = Candidate(prompt, steps, "eos")
    assert candidate.answer_tokens == tokens
    assert replace(candidate, prompt=Prompt(ASKED)).answer_tokens == candidate.tokens


async def test_a_plain_sample_of_a_thinking_model_is_shown_whole_as_it_is_drawn() -> None:
    _, trace = await search(OneSample(), models(thinker()), sampling=CAPPED)
    shown = [event.delta for event in trace if isinstance(event, Drafted)]
    [drawn] = [event.generation.samples for event in trace if isinstance(event, Generated)]
    assert "".join(delta.text for delta in shown) == drawn[0].step.text
    assert Task(ASKED, Sampling(9)) == Task(ASKED, Sampling(9))


@pytest.mark.parametrize("stop", ["\n\n", "\n"])
async def test_a_stop_string_within_what_ends_the_thinking_does_not_end_the_answer(stop) -> None:
    engine = thinker(thinking=OPENED)
    engine._reply = lambda request, i: "Answer: b and so on\n\n more"
    how = replace(TASK.sampling, thinking_tokens=0, stop=(stop,))
    outcome, _ = await search(OneSample(), models(engine), sampling=how)
    assert (outcome.answer.answer, outcome.answer.finish) == ("Answer: b and so on", "stop")


async def test_what_the_thinking_cost_is_not_given_back_when_the_answer_fails() -> None:
    def busy(request: Request, i: int) -> str:
        if "</think>" in request.text:
            raise EngineOverloaded("full")
        return "hm " * 90

    here, there = thinker(thinking=OPENED), thinker(thinking=OPENED)
    there._reply = busy
    world = replace(models(here), others={"there": there})
    strategy = Mixture(proposers=2, agents=("default", "there"))
    outcome, trace = await search(strategy, world, Budget(calls=3), sampling=CAPPED)
    assert [event.unspent for event in trace if isinstance(event, Undrawn)] == [False]
    assert (outcome.stop, outcome.usage.calls) == ("finished", 2)


@pytest.mark.parametrize(("chunk", "cap"), [(1, 6), (2, 6), (40, 6), (2, 0)])
async def test_probing_ends_where_the_cap_on_thinking_does(chunk: int, cap: int) -> None:
    engine = thinker(thinking=OPENED)
    engine._reply = lambda r, i: "Answer: b" if "</think>" in r.text else "wait " * 90
    how = Sampling(max_tokens=1000, thinking_tokens=cap)
    outcome, _ = await search(CertaintyProbe(chunk=chunk), models(engine), sampling=how)
    assert outcome.answer.answer == "Answer: b"
    assert len(outcome.answer.thinking.split()) == cap


def thinks_long(request: Request, i: int) -> str:
    return "Answer: b" if "</think>" in request.text else "hm " * 30 + "</think> Answer: b"


def late(request: Request) -> float:
    """Answers of samples from the fifth on do not come."""
    return 0.0 if request.id.count(".") < 2 or request.id[-1] < "4" else 60.0


async def test_requests_in_phases_that_are_stopped_are_billed_all_they_may_have_read() -> None:
    class Counts(FakeEngine):
        flops = 0.0

        async def _draw(self, request, listen=None):
            drawn = await super()._draw(request, listen)
            self.flops += drawn.usage.flops
            return drawn

    able = thinker(thinking=OPENED).capabilities
    engine = Counts(thinks_long, capabilities=able, latency=late)
    how = Sampling(max_tokens=100, thinking_tokens=20)
    outcome, _ = await search(AdaptiveConsistency(n=9, batch=9), models(engine), sampling=how)
    assert outcome.stop == "finished"
    assert outcome.generator.flops >= engine.flops
