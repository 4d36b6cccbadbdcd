"""What strategies come to on a pool: each run as it is served, over and over, on other deals.

A strategy of a fixed number of solutions is dealt the pool from its beginning to its end, in parts
that have none in common; one that stops by itself is dealt the whole pool, shuffled anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from evaluation.calibrate.errors import NotReplayable
from evaluation.calibrate.replaying import Deal, Table
from evaluation.meter import Meter
from search import Budget, run_search
from search.errors import NothingToVote, StrategyRefused
from search.strategies import Strategy

TRIALS = 16
"""Deals of a question, at most."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a strategy came to on one question: P(right), and the mean of its tokens."""

    accuracy: float
    tokens: float


def deals(table: Table, strategy: Strategy, seed: int) -> Iterator[Sequence[int]]:
    """Give the order of each deal, the same for all strategies of one number of solutions."""
    m, n = len(table.samples), _fixed(strategy)
    if n is None:
        yield from (_shuffled(table, seed, trial) for trial in range(TRIALS))
        return
    whole = _shuffled(table, seed, 0)
    yield from (whole[trial * n : (trial + 1) * n] for trial in range(min(TRIALS, m // n)))


async def replay(table: Table, strategy: Strategy, seed: int) -> Measure:
    """Run a strategy on the deals of one question.

    Raises:
        NotReplayable: it asks for what a pool does not hold, or for more than there is.
    """
    ended = [await _played(Deal(table, order), table, strategy, seed + trial)
             for trial, order in enumerate(deals(table, strategy, seed))]  # fmt: skip
    if not ended:
        raise NotReplayable(f"draws more than {len(table.samples)} solutions")
    right, tokens = (sum(column) / len(ended) for column in zip(*ended, strict=True))
    return Measure(right, tokens)


async def replayable(table: Table, strategy: Strategy, seed: int) -> bool:
    """Say whether a strategy can run on pools, by trying it on one where it does not say so."""
    if any(_beyond(part) for part in strategy.whole()):
        return False
    try:
        await replay(table, strategy, seed)
    except NotReplayable:
        return False
    return True


async def _played(deal: Deal, table: Table, strategy: Strategy, seed: int) -> tuple[bool, int]:
    meter = Meter()
    try:
        outcome = await run_search(
            strategy, deal.task(seed), deal.models, Budget(), sink=meter.hear
        )
        right = table.right(outcome.answer)
    except NothingToVote:
        right = False
    except StrategyRefused as error:
        raise NotReplayable(str(error)) from error
    return right, meter.generator.completion_tokens + meter.verifier.completion_tokens


def _beyond(part: Strategy) -> bool:
    """Say whether a strategy asks for more than whole solutions and their scores."""
    speaks = part.continues or part.speaks or bool(part.engines)
    return speaks or part.alternatives > 0 or part.judges not in ("nothing", "solutions")


def _fixed(strategy: Strategy) -> int | None:
    """Return how many solutions a strategy draws, if that is sure beforehand."""
    n = getattr(strategy, "n", None)
    return n if isinstance(n, int) and n == strategy.solutions else None


def _shuffled(table: Table, seed: int, trial: int) -> list[int]:
    places = list(range(len(table.samples)))
    Random(f"{seed}/{table.id}/{trial}").shuffle(places)
    return places
