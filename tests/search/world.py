"""A small world every strategy can search in."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date

import pytest

from engines.base import Request, Sampling
from engines.conversation import Conversation, Message
from engines.fake import FakeEngine
from engines.usage import FREE, Usage
from scorers.answers import Answers
from scorers.base import Abstention, Candidate, Judgement, ScorerUnavailable, Verdict
from scorers.preference import Comparison, Leaning, Pair
from search import Budget, Models, Outcome, Task, run_search
from search.events import Compared, Generated, Judged, Trace
from search.policy import (
    Entry,
    FittedOn,
    Interval,
    Knot,
    Measured,
    Option,
    Policy,
    PolicyAdviser,
    Row,
)
from search.strategies import (
    AbMcts,
    AdaptiveConsistency,
    Auto,
    BeamSearch,
    BestOfN,
    BudgetForcing,
    CertaintyProbe,
    Dvts,
    EarlyStoppingConsistency,
    Ensemble,
    EntropicParticleFilter,
    IdeaSearch,
    Lookahead,
    Majority,
    Mcts,
    Mixture,
    OneSample,
    ParticleFilter,
    ParticleGibbs,
    PlanSearch,
    Rebase,
    RepeatedSampling,
    Revisions,
    RStar,
    SelfCertainty,
    SelfDebug,
    SelfRefine,
    Strategy,
    Tournament,
    WeightedBestOfN,
)

ASKED = Conversation((Message("user", "What is 6 * 7?"),))
UNLIMITED = Budget()
TASK = Task(ASKED, Sampling(max_tokens=100, temperature=0.8))
STRATEGIES = [
    OneSample(),
    OneSample(n=3),
    BudgetForcing(waits=2, max_thinking_tokens=12),
    CertaintyProbe(chunk=4),
    Majority(n=6),
    AdaptiveConsistency(n=6),
    AdaptiveConsistency(n=6, batch=2, rule="dirichlet"),
    EarlyStoppingConsistency(n=8, window=3),
    BestOfN(n=6),
    WeightedBestOfN(n=6),
    SelfCertainty(n=6),
    BeamSearch(n=6, width=3, rounds=4),
    BeamSearch(n=4, width="sqrt_n", rounds=4),
    Revisions(chains=2, length=3),
    Lookahead(n=6, width=3, rounds=4, k=2),
    Dvts(n=6, width=3, rounds=4),
    Rebase(n=6, depth=4),
    ParticleFilter(n=6, rounds=4),
    ParticleGibbs(n=6, iterations=2, rounds=4),
    EntropicParticleFilter(n=6, rounds=4),
    Mcts(simulations=4, leaves=2, width=3, depth=4),
    Mcts(simulations=3, leaves=3, width=2, depth=1),
    RStar(simulations=4, leaves=2, width=3, depth=4),
    AbMcts(n=6, batch=2),
    AbMcts(n=5, batch=2, prior="beta"),
    SelfRefine(rounds=2),
    SelfRefine(rounds=2, select="last"),
    Tournament(n=5),
    Mixture(proposers=3, layers=3),
    PlanSearch(),
    PlanSearch(fix=False, pseudocode=False, filter=False, layers=1, n=3),
    RepeatedSampling(n=4),
    IdeaSearch(n=3),
    SelfDebug(inner=RepeatedSampling(n=3), rounds=2, width=2),
    SelfDebug(inner=PlanSearch(layers=1)),
    Ensemble(members=(Majority(n=3), BeamSearch(n=4, width=2, rounds=3))),
    Ensemble(members=(OneSample(), Tournament(n=2), Revisions(chains=1, length=2))),
    Auto(),
    Auto(mode="sequential", rounds=3),
]
every_strategy = pytest.mark.parametrize(
    "strategy", STRATEGIES, ids=lambda s: f"{s.kind}{s.solutions}"
)


def a_or_b(request: Request, i: int) -> str:
    """Say "a a a" or "b b b" by the seed; the third step is the last and gives the answer."""
    word = "ab"[(request.seed >> i) % 2]
    steps = request.text.count("\n\n")
    said = [f"{word} {word} {word}\n\n"] * (2 - steps)
    return "".join([*said, f"Answer: {word}"])


class SharesOfB:
    """A process reward model that likes "b"; each judgement is one call of one FLOP a candidate."""

    name, partial, relative, remote, alternatives = "shares_of_b", True, False, True, 0
    counts = FREE

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        return Usage(calls=1, flops=len(candidates))

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        rewards = [tuple(float("b" in step.text) for step in c.steps) for c in candidates]
        verdicts = tuple(Verdict(sum(r) / len(r), r) for r in rewards)
        return Judgement(verdicts, self.bound(candidates))


class Silent(SharesOfB):
    """A scorer that abstains on every candidate."""

    name = "silent"

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        return Judgement((Abstention("nothing to say"),) * len(candidates), self.bound(candidates))


class Broken(SharesOfB):
    """A scorer that is down."""

    name = "broken"

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        raise ScorerUnavailable("connection refused")


class MoreOfB:
    """A judge of pairs that likes "b"; each comparison is one call of one FLOP a pair."""

    name, able, counts = "more_of_b", True, FREE

    def bound(self, pairs: Sequence[Pair]) -> Usage:
        return Usage(calls=1, flops=len(pairs))

    async def compare(self, pairs: Sequence[Pair]) -> Comparison:
        leads = [first.text.count("b") - second.text.count("b") for first, second in pairs]
        leanings = tuple(Leaning(0.5 + min(max(lead, -5), 5) / 10) for lead in leads)
        return Comparison(leanings, self.bound(pairs))


class LastWord:
    """A grader to whom the last word after "Answer:" is the answer, equal when spelt alike."""

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        found = tuple(t.split("Answer: ")[1] if "Answer: " in t else None for t in texts)
        known = list(dict.fromkeys(a for a in found if a is not None))
        return Answers(found, tuple(None if a is None else known.index(a) for a in found))

    async def equal(self, truth: str, given: str) -> bool:
        return truth == given


def interval(value: float, half: float = 0.02) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def advising(
    strategy: Strategy, accuracy: float = 0.8, tokens: float = 60, gain: float = 0.3
) -> Row:
    """A bin where a strategy gains over one plain sample, which is right with 0.4."""
    best = Option(strategy=strategy, accuracy=interval(accuracy), tokens=tokens)
    entry = Entry(budget=int(tokens), best=best, gain=interval(gain))
    return Row(plain=Measured(accuracy=interval(0.4), tokens=10), entries=(entry,))


def policy(*rows: Row, **fields: object) -> Policy:
    """A policy by scores of two samples, with bins of equal width."""
    on = FittedOn(data="0a", questions=9, samples=2, seed=0, command="fit", date=date(2026, 1, 2))
    knots = (Knot(held=0.5, accuracy=0.2), Knot(held=1, accuracy=0.9))
    told = {
        "model": "fake",
        "estimator": "score",
        "edges": tuple(i / len(rows) for i in range(1, len(rows))),
        "fitted_on": on,
        "bins": dict(enumerate(rows, 1)),
        "confidence": knots,
    }
    return Policy.model_validate(told | fields)


ADVICE = policy(advising(BestOfN(n=6)), advising(BeamSearch(n=6, width=3, rounds=4)))
"""Of what is liked, more is drawn; of what is not, steps are searched."""


def models(engine: FakeEngine | None = None, *scorers: SharesOfB) -> Models:
    judges = scorers or (SharesOfB(),)
    adviser = PolicyAdviser(ADVICE)
    return Models(engine or FakeEngine(a_or_b), judges, LastWord(), MoreOfB(), adviser=adviser)


async def search(
    strategy: Strategy, world: Models | None = None, budget: Budget = UNLIMITED, **task: object
) -> tuple[Outcome, Trace]:
    """Run a search and return its outcome and its trace."""
    trace: Trace = []
    asked = Task(**{"conversation": ASKED, "sampling": TASK.sampling} | task)  # type: ignore[arg-type]
    try:
        outcome = await run_search(strategy, asked, world or models(), budget, sink=trace.append)
    finally:
        asyncio.get_running_loop().__dict__.pop("time", None)
    return outcome, trace


def bill(trace: Trace) -> Usage:
    drawn = (e.generation.usage for e in trace if isinstance(e, Generated))
    judged = (e.judgement.usage for e in trace if isinstance(e, Judged))
    compared = (e.comparison.usage for e in trace if isinstance(e, Compared))
    return sum([*drawn, *judged, *compared], start=Usage())


HOURGLASS = Budget(seconds=30)
"""A budget that runs out when an engine of `hanging` hangs, however slow the machine is."""


def hanging(hangs: Callable[[Request], bool] = lambda _: True) -> Callable[[Request], float]:
    """Return a latency for requests that never come back: drawing ends, wrapping up does not.

    The event loop's clock is put on to where `HOURGLASS` has time for no more than wrapping up;
    `search` puts it back.
    """

    def latency(request: Request) -> float:
        if not hangs(request):
            return 0.0
        loop = asyncio.get_running_loop()
        if "time" not in loop.__dict__:
            right = loop.time
            loop.time = lambda: right() + 28.5  # type: ignore[method-assign]
        return 60.0

    return latency
