"""Searches in which something went wrong replay like any other."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from engines.base import Request, Step
from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from scorers.base import Judgement, ScorerUnavailable, Verdict
from scorers.ensemble import Ensemble
from search import Budget, Models, run_search
from search.events import Trace, Unaffordable, Undrawn
from search.replay import Replay
from search.strategies import BeamSearch, BestOfN, Majority, Tournament
from search.strategies.base import Strategy
from tests.search.world import TASK, Broken, SharesOfB, Silent, a_or_b, models, search

TRACE = TypeAdapter(Trace)
UNLIMITED = Budget()
ABLE = FakeEngine(a_or_b).capabilities


async def assert_replays(strategy: Strategy, world: Models, budget: Budget = UNLIMITED) -> Trace:
    outcome, trace = await search(strategy, world, budget)
    kept = TRACE.validate_json(TRACE.dump_json(trace))
    again, _ = await search(strategy, Replay(kept, world.engine.capabilities).models, budget)
    assert again == outcome
    return trace


class Spares(Broken):
    """A scorer that cannot be connected to."""

    async def judge(self, candidates):
        raise ScorerUnavailable("connection refused", unspent=True)


@pytest.mark.parametrize("first", [Broken(), Spares(), Silent()])
async def test_a_chain_of_scorers(first: SharesOfB) -> None:
    await assert_replays(BestOfN(n=6), models(None, first, SharesOfB()))


async def test_a_scorer_that_failed_fails_again_where_that_fails_the_search() -> None:
    trace: Trace = []
    task = replace(TASK, on_verifier_error="fail")
    with pytest.raises(ScorerUnavailable):
        await run_search(BestOfN(n=6), task, models(None, Broken()), Budget(), sink=trace.append)
    again = Replay(TRACE.validate_json(TRACE.dump_json(trace)), ABLE).models
    with pytest.raises(ScorerUnavailable, match="connection refused"):
        await run_search(BestOfN(n=6), task, again, Budget())


async def test_an_ensemble_of_which_a_member_is_down() -> None:
    both = Ensemble("both", (SharesOfB(), Broken()), "lower_bound", 1.0)
    await assert_replays(BestOfN(n=6), replace(models(), scorers=(both,)))
    outcome, _ = await search(BestOfN(n=6), replace(models(), scorers=(both,)))
    said = "scorer both judged 2 of 2 without broken: connection refused"
    assert outcome.degradations == (said,)


class Crowd(SharesOfB):
    name, relative = "crowd", True

    async def judge(self, candidates):
        shares = [[c.text for c in candidates].count(c.text) / len(candidates) for c in candidates]
        return Judgement(tuple(Verdict(s, (s,)) for s in shares), self.bound(candidates))


async def test_a_scorer_that_compares_all_it_is_shown() -> None:
    await assert_replays(BestOfN(n=6), models(None, Crowd()))


@pytest.mark.parametrize("strategy", [BestOfN(n=4), Tournament(n=4), BeamSearch(n=4, width=2)])
async def test_judging_that_the_budget_does_not_hold(strategy: Strategy) -> None:
    trace = await assert_replays(strategy, models(), Budget(calls=1))
    assert strategy.continues or any(isinstance(e, Unaffordable) for e in trace)


@pytest.mark.parametrize("failure", [EngineUnavailable("gone"), EngineOverloaded("full")])
async def test_a_request_that_failed(failure: Exception) -> None:
    def mostly(request: Request, i: int) -> str:
        if request.id.endswith(".1"):
            raise failure
        return a_or_b(request, i)

    strategy = BeamSearch(n=6, width=2, rounds=4)
    trace = await assert_replays(strategy, models(FakeEngine(mostly)), Budget(tokens=300))
    assert any(isinstance(e, Undrawn) for e in trace)


class Persists(Majority):
    """Asks two at once, of whom the second fails, and then twice one more."""

    async def run(self, search, root):
        steps = [replace(root, steps=(Step(word, 1, (1,)),)) for word in ("a", "b")]
        await search.extend(steps, 1)
        await search.extend([root], 1)
        return (await search.extend([root], 1))[0]


@pytest.mark.parametrize(
    ("failure", "exhausted"),
    [(EngineUnavailable("gone"), "calls"), (EngineUnavailable("no way", unspent=True), None)],
)
async def test_what_a_failed_request_held_is_given_back_only_if_it_is_unspent(
    failure: Exception, exhausted: str | None
) -> None:
    def second(request: Request, i: int) -> str:
        if request.text == "b":
            raise failure
        return a_or_b(request, i)

    outcome, _ = await search(Persists(n=2), models(FakeEngine(second)), Budget(calls=3))
    assert outcome.exhausted == exhausted
