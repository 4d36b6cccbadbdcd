"""How a search deals with what goes wrong below it."""

from dataclasses import replace

import pytest

from engines.base import Capabilities, Delta, Request
from engines.errors import ContextOverflow, EngineUnavailable
from engines.fake import FakeEngine
from scorers.base import Judgement, Scored, ScorerUnavailable, Verdict
from search import Budget
from search.errors import StrategyRefused
from search.events import Degraded
from search.strategies import BeamSearch, BestOfN, Majority, OneSample, Revisions
from tests.search.world import (
    HOURGLASS,
    TASK,
    Broken,
    SharesOfB,
    Silent,
    a_or_b,
    bill,
    hanging,
    models,
    search,
)

ABLE = FakeEngine(a_or_b).capabilities


@pytest.mark.parametrize("first", [Broken(), Silent()])
async def test_a_scorer_that_cannot_judge_gives_way_to_the_next(first) -> None:
    outcome, trace = await search(BestOfN(n=6), models(None, first, SharesOfB()))
    assert outcome.answer.text.endswith("b")
    assert first.name in outcome.degradations[0]
    assert [e.reason for e in trace if isinstance(e, Degraded)] == list(outcome.degradations)


async def test_a_scorer_that_fails_fails_the_search_if_the_task_has_it_so() -> None:
    with pytest.raises(ScorerUnavailable, match="connection refused"):
        await search(BestOfN(n=6), models(None, Broken(), SharesOfB()), on_verifier_error="fail")


async def test_a_scorer_that_only_abstains_does_not_fail_the_search() -> None:
    world = models(None, Silent(), SharesOfB())
    outcome, _ = await search(BestOfN(n=6), world, on_verifier_error="fail")
    assert outcome.answer.text.endswith("b")


async def test_when_nobody_can_judge_the_first_finished_answer_is_taken() -> None:
    outcome, _ = await search(BestOfN(n=6), models(None, Broken(), Silent()))
    first = outcome.ranked[0]
    assert first.finished
    assert "no scorer could judge" in outcome.degradations[-1]
    assert outcome.answer.score is None  # type: ignore[attr-defined]


async def test_a_failed_request_is_a_candidate_less() -> None:
    def mostly(request: Request, i: int) -> str:
        if request.id.endswith(".1"):
            raise EngineUnavailable("reset by peer")
        return a_or_b(request, i)

    world = models(FakeEngine(mostly))
    outcome, trace = await search(BeamSearch(n=6, width=2, rounds=4), world)
    assert outcome.answer.finished
    assert any("1 of 3 requests failed: reset by peer" in d for d in outcome.degradations)
    assert bill(trace) == outcome.usage


async def test_a_search_most_of_whose_requests_fail_fails() -> None:
    def rarely(request: Request, i: int) -> str:
        if request.id[0] != "1" and not request.id.endswith(".0"):
            raise EngineUnavailable("reset by peer")
        return a_or_b(request, i)

    with pytest.raises(EngineUnavailable, match="reset"):
        await search(BeamSearch(n=6, width=2, rounds=4), models(FakeEngine(rarely)))


async def test_a_prompt_longer_than_the_context_is_refused() -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, context=3))
    with pytest.raises(ContextOverflow, match="context is 3"):
        await search(OneSample(), models(engine))


async def test_a_beam_that_fills_the_context_has_ended() -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, context=12))
    outcome, _ = await search(BeamSearch(n=2, width=2), models(engine))
    assert outcome.answer.finish == "length"
    assert all(len(r.ids) + r.sampling.max_tokens <= 12 for r in engine.seen)


async def test_samples_that_ended_before_the_deadline_are_used_alone() -> None:
    class Slow(FakeEngine):
        async def generate(self, request, listen=None):
            assert listen
            listen(Delta(0, "Answer: a", 2, "eos"))
            listen(Delta(1, "half of a lo", 3))
            return await super().generate(request, listen)

    engine = Slow(a_or_b, latency=hanging())
    outcome, trace = await search(Majority(n=2), models(engine), HOURGLASS)
    assert (outcome.stop, outcome.answer.text) == ("deadline", "Answer: a")
    assert outcome.usage.completion_tokens == 5
    assert bill(trace) == outcome.usage


TEXT_ONLY = Capabilities("gpt")


@pytest.mark.parametrize(
    ("strategy", "able", "budget", "task", "param"),
    [
        (BeamSearch(), TEXT_ONLY, Budget(), TASK, "search.strategy"),
        (OneSample(), TEXT_ONLY, Budget(flops=1e9), TASK, "search.budget.flops"),
        (
            BeamSearch(),
            replace(ABLE, stops=4),
            Budget(),
            replace(TASK, sampling=replace(TASK.sampling, stop=("a", "b", "c", "d"))),
            "stop",
        ),
    ],
)
async def test_what_cannot_work_is_refused_by_name(strategy, able, budget, task, param) -> None:
    engine = FakeEngine(a_or_b, capabilities=able)
    with pytest.raises(StrategyRefused) as caught:
        await search(strategy, models(engine), budget, sampling=task.sampling)
    assert caught.value.param == param
    assert not engine.seen


class WholeOnly(SharesOfB):
    partial = False


class Reader(SharesOfB):
    alternatives = 5


@pytest.mark.parametrize(
    ("strategy", "scorer"), [(BeamSearch(), WholeOnly()), (BestOfN(), Reader())]
)
async def test_a_scorer_that_cannot_serve_the_strategy_is_refused(strategy, scorer) -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, alternatives=0))
    with pytest.raises(StrategyRefused) as caught:
        await search(strategy, models(engine, scorer))
    assert caught.value.param == "search.scorer"


class Crowd(SharesOfB):
    """Scores each candidate by the share of those judged with it that say the same."""

    name, relative = "crowd", True

    async def judge(self, candidates):
        texts = [c.text for c in candidates]
        shares = [texts.count(text) / len(texts) for text in texts]
        return Judgement(tuple(Verdict(s, (s,)) for s in shares), self.bound(candidates))


async def test_a_relative_scorer_sees_repeats_and_judges_anew() -> None:
    replies = ["Answer: a", "Answer: b", "Answer: a", "Answer: a"]
    engine = FakeEngine(lambda request, i: replies[i % 4])
    outcome, _ = await search(BestOfN(n=4), models(engine, Crowd()))
    assert outcome.answer.text == "Answer: a"
    assert isinstance(outcome.answer, Scored)
    assert outcome.answer.score == 0.75


class Unpriced(SharesOfB):
    counts = frozenset({"cost"})


async def test_flops_cannot_be_limited_if_a_scorers_are_not_known() -> None:
    with pytest.raises(StrategyRefused, match="shares_of_b") as caught:
        await search(BestOfN(), models(None, Unpriced()), Budget(flops=1e9))
    assert caught.value.param == "search.budget.flops"


class Reads(Majority):
    """A strategy that reads log-probabilities itself, whoever judges."""

    alternatives = 5  # type: ignore[misc]


@pytest.mark.parametrize(("given", "asked"), [(20, 5), (3, 3)])
async def test_a_strategy_is_given_the_log_probabilities_it_reads(given, asked) -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, alternatives=given))
    await search(Reads(n=2), models(engine))
    assert [request.sampling.alternatives for request in engine.seen] == [asked]


async def test_a_strategy_that_reads_log_probabilities_is_refused_where_there_are_none() -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, alternatives=0))
    with pytest.raises(StrategyRefused, match="majority reads log-probabilities") as caught:
        await search(Reads(n=2), models(engine))
    assert (caught.value.param, engine.seen) == ("search.strategy", [])


class Proposes(Majority):
    """Draws one solution after the other, and always thinks the second the best."""

    async def run(self, search, root):
        first = await search.extend([root], 2)
        search.propose(first[1])
        return (await search.extend([root], 1))[0]


@pytest.mark.parametrize(("budget", "stop"), [(Budget(calls=1), "budget"), (HOURGLASS, "deadline")])
async def test_a_search_that_is_ended_returns_what_was_proposed(budget, stop) -> None:
    engine = FakeEngine(lambda r, i: f"Answer: {i}", latency=hanging(lambda r: r.n == 1))
    outcome, _ = await search(Proposes(), models(engine), budget)
    assert (outcome.stop, outcome.answer.text) == (stop, "Answer: 1")
    assert [c.text for c in outcome.ranked] == ["Answer: 1", "Answer: 0"]


def long_answers(request: Request, i: int) -> str:
    return "so " * 38 + "Answer: b"


async def test_a_whole_answer_comes_of_a_budget_that_holds_one() -> None:
    world = models(FakeEngine(long_answers))
    outcome, _ = await search(BestOfN(n=8), world, Budget(tokens=50))
    assert (outcome.answer.finish, outcome.answer.tokens) == ("eos", 40)
    assert (outcome.stop, outcome.exhausted) == ("budget", "tokens")
    assert "the budget allowed 1 of 8 samples" in outcome.degradations


async def test_what_samples_did_not_use_is_used_for_more_of_them() -> None:
    engine = FakeEngine(long_answers)
    outcome, _ = await search(BestOfN(n=8), models(engine), Budget(tokens=350))
    assert [request.n for request in engine.seen] == [3, 3, 1, 1]
    assert all(candidate.finish == "eos" for candidate in outcome.ranked)
    assert outcome.stop == "finished"


async def test_with_plenty_all_samples_are_drawn_at_once() -> None:
    engine = FakeEngine(long_answers)
    await search(BestOfN(n=8), models(engine), Budget(tokens=800))
    assert [request.n for request in engine.seen] == [8]


@pytest.mark.parametrize("tokens", range(60, 200, 20))
async def test_a_step_search_out_of_budget_still_ends_with_a_whole_answer(tokens: int) -> None:
    def steps(request: Request, i: int) -> str:
        word = "ab"[(request.seed >> i) % 2]
        done = request.text.count("\n\n")
        return "".join([f"{word} {word} {word}\n\n"] * (6 - done)) + f"Answer: {word}"

    world, budget = models(FakeEngine(steps)), Budget(tokens=tokens)
    outcome, trace = await search(BeamSearch(n=6, width=3), world, budget)
    assert outcome.answer.finish == "eos"
    assert outcome.usage.completion_tokens <= tokens
    assert bill(trace) == outcome.usage


async def test_a_cut_answer_is_never_before_a_whole_one() -> None:
    class Hasty(SharesOfB):
        async def judge(self, candidates):
            scores = [1.0 if c.finish == "length" else 0.1 for c in candidates]
            return Judgement(tuple(Verdict(s, (s,)) for s in scores), self.bound(candidates))

    engine = FakeEngine(lambda request, i: "so " * 90 if i else "Answer: a")
    sampling = replace(TASK.sampling, max_tokens=50)
    outcome, _ = await search(BestOfN(n=4), models(engine, Hasty()), sampling=sampling)
    assert outcome.answer.text == "Answer: a"


async def test_a_revision_that_outgrows_the_context_does_not_lose_the_answers() -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, context=30))
    outcome, trace = await search(Revisions(chains=2, length=3), models(engine))
    assert outcome.answer.finish == "eos"
    assert (outcome.stop, outcome.exhausted) == ("budget", "context")
    assert "ended early: the prompt has" in outcome.degradations[-1]
    assert bill(trace) == outcome.usage
