"""What ends early is judged early, and can make the rest needless."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from engines.base import Delta, Generation, Listener, Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from engines.thinking import Thinking
from scorers.base import Candidate, Judgement, ScorerUnavailable
from scorers.judge import Judge
from search import Budget
from search.events import Generated, Judged, Trace
from search.replay import Replay
from search.strategies import (
    AdaptiveConsistency,
    BestOfN,
    EarlyStoppingConsistency,
    Revisions,
    WeightedBestOfN,
)
from search.strategies.base import Strategy
from tests.search.world import HOURGLASS, Broken, SharesOfB, a_or_b, bill, models, search


class OneByOne(FakeEngine):
    """Ends the samples of a request one after the other, in this order, as far as `until` says."""

    def __init__(self, words: str, order: Sequence[int] | None = None) -> None:
        said = [f"Answer: {word}" for word in words.split()]
        super().__init__(lambda request, i: said[i % len(said)])
        self.order = order
        self.gates: dict[int, asyncio.Event] = {}

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        whole = await super().generate(request)
        try:
            for i in self.order or range(request.n):
                await self.gates.get(i, OPEN).wait()
                sample = whole.samples[i]
                if listen:
                    listen(Delta(i, sample.step.text, 2, sample.finish, sample))
                for _ in range(9):
                    await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.aborted.append(request.id)
            raise
        return whole


OPEN = asyncio.Event()
OPEN.set()


async def assert_replays(strategy: Strategy, world, budget: Budget) -> tuple[object, Trace]:
    outcome, trace = await search(strategy, world, budget)
    assert bill(trace) == outcome.usage
    replay = Replay(trace, world.engine.capabilities)
    assert (await search(strategy, replay.models, budget))[0] == outcome
    return outcome, trace


@pytest.mark.parametrize(
    ("strategy", "words", "ended"),
    [
        (AdaptiveConsistency(n=12, batch=12), "a a a a a a a a a a a a", 4),
        (AdaptiveConsistency(n=12, batch=12, rule="dirichlet"), "b a a c a a a a a a a a", 9),
        (EarlyStoppingConsistency(n=8, window=8), "a a a a a b b b", 5),
        (EarlyStoppingConsistency(n=8, window=4), "b a a a", 7),
    ],
    ids=str,
)
async def test_a_vote_that_is_decided_stops_what_is_still_drawn(strategy, words, ended) -> None:
    engine = OneByOne(words)
    outcome, trace = await assert_replays(strategy, models(engine), Budget())
    assert engine.aborted == [engine.seen[-1].id]
    assert (outcome.answer.text, outcome.stop) == ("Answer: a", "finished")
    assert sum(len(e.generation.samples) for e in trace if isinstance(e, Generated)) == ended
    assert outcome.usage.completion_tokens == 2 * ended


async def test_the_last_to_end_may_decide_a_vote() -> None:
    engine = OneByOne("b a a a a a a", order=(6, 5, 4, 3, 2, 1, 0))
    outcome, trace = await assert_replays(
        AdaptiveConsistency(n=7, batch=7, threshold=0.98), models(engine), Budget()
    )
    assert outcome.answer.text == "Answer: a"
    assert [len(e.generation.samples) for e in trace if isinstance(e, Generated)] == [5]


async def test_a_vote_is_looked_at_across_portions_of_a_small_budget() -> None:
    engine = OneByOne("a " * 12)
    strategy, budget = AdaptiveConsistency(n=12, batch=12), Budget(tokens=200)
    outcome, _ = await assert_replays(strategy, models(engine), budget)
    assert [request.n for request in engine.seen] == [2, 10]
    assert outcome.usage.completion_tokens == 8


class Slowly(SharesOfB):
    """A scorer that says in which order, and how many at once, it was asked; `third` is told."""

    def __init__(self, third: asyncio.Event | None = None) -> None:
        self.asked: list[list[str]] = []
        self._third = third or asyncio.Event()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        self.asked.append([c.text.removeprefix("Answer: ") for c in candidates])
        for _ in range(40):
            await asyncio.sleep(0)
        if sum(map(len, self.asked)) > 2:
            self._third.set()
        return await super().judge(candidates)


@pytest.mark.parametrize("cls", [BestOfN, WeightedBestOfN])
async def test_a_solution_is_judged_when_it_ends_not_when_the_slowest_does(cls) -> None:
    engine = OneByOne("a b c d", order=(2, 0, 3, 1))
    engine.gates[1] = asyncio.Event()
    scorer = Slowly(third=engine.gates[1])
    outcome, trace = await assert_replays(cls(n=4), models(engine, scorer), Budget())
    assert scorer.asked == [["c"], ["a", "d"], ["b"]]
    assert outcome.answer.text == "Answer: b"
    assert sum(e.judgement.usage.calls for e in trace if isinstance(e, Judged)) == 1


@pytest.mark.parametrize("budget", [Budget(calls=9), Budget(flops=900)])
async def test_where_judging_is_limited_a_round_is_judged_together(budget: Budget) -> None:
    engine, scorer = OneByOne("a b c d"), Slowly()
    await assert_replays(BestOfN(n=4), models(engine, scorer), budget)
    assert scorer.asked == [["a", "b", "c", "d"]]


async def test_a_limit_on_what_judging_does_not_take_is_none() -> None:
    engine, scorer = OneByOne("a b c d"), Slowly()
    await assert_replays(BestOfN(n=4), models(engine, scorer), Budget(tokens=10_000))
    assert len(scorer.asked) > 1


class FailsAt(Slowly):
    """A scorer that fails at its call number `at`, and from then on if it stays `down`."""

    def __init__(self, at: int, *, down: bool) -> None:
        super().__init__()
        self._at, self._down = at, down

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        judgement, call = await super().judge(candidates), len(self.asked)
        if call == self._at or (self._down and call > self._at):
            raise ScorerUnavailable("gone")
        return judgement


@pytest.mark.parametrize(("at", "down"), [(1, True), (2, True), (1, False)])
async def test_a_scorer_that_fails_early_is_asked_again(at: int, down: bool) -> None:
    class Last(SharesOfB):
        name = "last"

    engine, scorer = OneByOne("a b c d"), FailsAt(at, down=down)
    outcome, _ = await assert_replays(BestOfN(n=4), models(engine, scorer, Last()), Budget())
    assert outcome.answer.scorer == ("last" if down else "shares_of_b")
    assert bool(outcome.degradations) == down


async def test_judging_early_leaves_the_names_of_calls_alone() -> None:
    def ids(trace: Trace) -> list[str]:
        return [e.request.id for e in trace if isinstance(e, Generated)]

    strategy = Revisions(chains=3, length=2)
    early = await search(strategy, models(OneByOne("a b c"), Slowly()))
    together = await search(strategy, models(OneByOne("a b c"), Slowly()), Budget(calls=99))
    assert ids(early[1]) == ids(together[1])
    assert early[0].answer == together[0].answer


async def test_an_engine_that_fails_meanwhile_fails_the_search() -> None:
    def dies(request: Request, i: int) -> str:
        raise EngineUnavailable("down")

    with pytest.raises(EngineUnavailable, match="down"):
        await search(BestOfN(n=2), models(FakeEngine(dies), Slowly()))


async def test_nothing_is_streamed_where_no_server_judges() -> None:
    class Here(SharesOfB):
        remote = False

    heard: list[bool] = []

    class Hears(FakeEngine):
        async def generate(self, request, listen=None):
            heard.append(listen is not None)
            return await super().generate(request, listen)

    await search(BestOfN(n=2), models(Hears(a_or_b), Here()))
    assert heard == [False]


class Hangs(SharesOfB):
    """A scorer that does not answer before the time of `HOURGLASS` is over; until then all end."""

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        for _ in range(60):
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        right = loop.time
        loop.time = lambda: right() + 31  # type: ignore[method-assign]
        await asyncio.sleep(60)
        return await super().judge(candidates)


async def test_a_deadline_while_solutions_are_judged_loses_none_of_them() -> None:
    engine = OneByOne("b a b")
    outcome, trace = await search(BestOfN(n=3), models(engine, Hangs()), HOURGLASS)
    assert (outcome.stop, len(outcome.ranked)) == ("deadline", 3)
    assert outcome.answer.text == "Answer: b"
    assert bill(trace) == outcome.usage


@pytest.mark.parametrize("opened", [True, False])
async def test_a_judge_that_only_sees_answers_is_not_taken_for_free(opened: bool) -> None:
    able = replace(FakeEngine(a_or_b).capabilities, thinking=Thinking(opened=opened))
    engine = FakeEngine(lambda r, i: f"<think> hm </think> Answer: {i}", capabilities=able)
    world = replace(models(engine), scorers=(Judge("judge", engine),))
    outcome, _ = await search(BestOfN(n=3), world, Budget(calls=2))
    assert outcome.answer.answer == "Answer: 0"
    assert outcome.exhausted == "calls"


@pytest.mark.parametrize("first", [Broken(), FailsAt(1, down=False)])
async def test_who_judges_after_a_failure_is_billed_its_call(first: SharesOfB) -> None:
    class Last(SharesOfB):
        name = "last"

    outcome, _ = await search(BestOfN(n=3), models(OneByOne("a b c"), first, Last()))
    assert outcome.verifier.calls == 1


async def test_equal_texts_of_unequal_samples_replay() -> None:
    class Reads(SharesOfB):
        name, alternatives = "reads", 5

    engine = OneByOne("b b a")
    engine._logprob = lambda request, i: -1.0 - i
    await assert_replays(BestOfN(n=3), models(engine, SharesOfB(), Reads()), Budget())


async def test_a_sample_judged_early_and_lost_with_its_request_stays_on_the_bill() -> None:
    class Breaks(OneByOne):
        async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
            whole = await super().generate(request, listen)
            if request.id.endswith(".1"):
                await self.gates[9].wait()
                raise EngineUnavailable("broke off")
            return whole

    engine = Breaks("a b c")
    engine.gates[9] = asyncio.Event()
    scorer = Slowly(third=engine.gates[9])
    await assert_replays(Revisions(chains=3, length=2), models(engine, scorer), Budget())
