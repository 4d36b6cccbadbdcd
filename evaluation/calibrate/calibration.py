"""A calibration from its first question to what every strategy came to on every question.

Knows the order in which things are done. Needs no extra: fitting comes after.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from evaluation.calibrate.ease import Probe
from evaluation.calibrate.errors import CannotCalibrate, NotPooled, NotReplayable
from evaluation.calibrate.how import How
from evaluation.calibrate.live import Live, missing, run_live
from evaluation.calibrate.measured import Measured
from evaluation.calibrate.pool import Pooled, draw, known
from evaluation.calibrate.replaying import Table
from evaluation.calibrate.replays import Measure, replay, replayable
from evaluation.datasets import Question
from evaluation.fingerprint import task
from evaluation.records import Failed
from search import Budget
from search.compatible import check, suited
from search.registry import AnyStrategy
from search.strategies import Strategy

Bars: TypeAlias = Callable[[int, str], AbstractContextManager[Callable[[str], None]]]
"""Opens a bar of so many parts that does what it says; what it gives moves it on by one."""

FEWEST = 4
"""Questions that a policy can be fitted to, at least."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do, and about what it takes.

    Attributes:
        replayed: strategies that cost nothing but the pools.
        live: strategies that search for themselves.
        searches: how many are made at most, those of pools among them.
        samples: drawn at most.
        tokens: about as many, by what is known of the pools.
        seconds: about as long, that of replaying included.
    """

    replayed: Sequence[AnyStrategy]
    live: Sequence[AnyStrategy]
    searches: int
    samples: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is measured: these strategies, on pools of `size` solutions of these questions.

    `pauses` are further numbers of them, besides that of `how`, which is the least: what can be
    replayed is measured with each, on pools of its own.
    """

    questions: Sequence[Question]
    strategies: Sequence[AnyStrategy]
    how: How
    size: int
    probe: Probe
    bars: Bars
    pauses: Sequence[int] = ()

    async def plan(self) -> Plan:
        """Draw the first pools, if there are none yet, and say what is left to do.

        Raises:
            StrategyRefused: one of the strategies cannot run on these models.
            CannotCalibrate: none of the first questions could be asked.
        """
        for strategy in self.strategies:
            self._check(strategy)
        pools = known(self.questions, self.size, self.how) or await self._pilot()
        table, clock = Table(pools[0], self.how), asyncio.get_running_loop().time
        began = clock()
        fits = [await replayable(table, one, self.how.seed) for one in self.strategies]
        pairs = list(zip(self.strategies, fits, strict=True))
        return self._plan(
            [strategy for strategy, fit in pairs if fit],
            [strategy for strategy, fit in pairs if not fit],
            pools,
            clock() - began,
        )

    async def measure(self, plan: Plan) -> Measured:
        """Draw the other pools, search where none can stand in, and replay the rest.

        Raises:
            CannotCalibrate: too few questions remain, or one that can be replayed on the first
                pool cannot be on all.
        """
        pools, left_out = await self._drawn()
        by_pauses = {self.how.pauses: pools}
        for m in self.pauses:
            by_pauses[m] = await self._paused(m, pools, left_out)
        able = [pool for pool in pools if pool.id not in left_out]
        found = await self._live(able, plan.live)
        for live in found:
            left_out |= live.failures
        kept = {
            m: [pool for pool in drawn if pool.id not in left_out] for m, drawn in by_pauses.items()
        }
        _check_enough(len(kept[self.how.pauses]), len(self.questions), left_out)
        rows = [await self._replayed(drawn, plan.replayed) for drawn in kept.values()]
        searched = list(zip(plan.live, found, strict=True))
        return Measured.of(plan.replayed, kept, rows, searched, left_out)

    def _plan(
        self,
        replayed: Sequence[AnyStrategy],
        live: Sequence[AnyStrategy],
        pools: Sequence[Pooled],
        replaying: float,
    ) -> Plan:
        """Say what is left to do, by what the pools that are there have taken.

        `replaying` is how many seconds it took for one of them.
        """
        undrawn = len(self.questions) - len(pools) + self._unpaused()
        drawn = len(pools) * self.size
        left = [missing(self.questions, strategy, self.how) for strategy in live]
        samples = undrawn * self.size + sum(
            times * _samples(strategy) for strategy, times in zip(live, left, strict=True)
        )
        spent = sum(p.generator.completion_tokens + p.verifier.completion_tokens for p in pools)
        seconds = sum(pool.seconds for pool in pools) / drawn / self.how.concurrency
        return Plan(
            replayed,
            live,
            undrawn + sum(left),
            samples,
            round(samples * spent / drawn),
            samples * seconds + len(self.questions) * replaying * (1 + len(self.pauses)),
        )

    def _unpaused(self) -> int:
        """Return how many pools behind further pauses are still to be drawn."""
        wanted = (known(self.questions, self.size, self.how.paused(m)) for m in self.pauses)
        return sum(len(self.questions) - len(there) for there in wanted)

    def _check(self, strategy: AnyStrategy) -> None:
        how = self.how
        asked = task(self.questions[0], how.sampling, seed=how.seed, prompt=how.prompt)
        check(strategy, asked, suited(strategy, how.models), Budget())

    async def _pilot(self) -> list[Pooled]:
        first = self.questions[: self.how.concurrency]
        with self.bars(len(first), "drawing the first pools") as advance:
            records = await draw(
                first, self.size, self.how, progress=_told(advance, "drawing the first pools")
            )
        pools = [record for record in records if isinstance(record, Pooled)]
        if not pools:
            [why, *_] = [record.error for record in records if isinstance(record, Failed)]
            raise CannotCalibrate(f"none of the first {len(first)} questions came to a pool: {why}")
        return pools

    async def _drawn(self) -> tuple[list[Pooled], dict[str, str]]:
        with self.bars(len(self.questions), "drawing pools") as advance:
            records = await draw(
                self.questions, self.size, self.how, progress=_told(advance, "drawing pools")
            )
        pools = [record for record in records if isinstance(record, Pooled)]
        left_out = {record.id: record.error for record in records if isinstance(record, Failed)}
        for pool in pools:
            try:
                self.probe.ease(pool)
            except NotPooled as error:
                left_out[pool.id] = str(error)
        able = [pool for pool in pools if pool.id not in left_out]
        _check_enough(len(able), len(self.questions), left_out)
        return able, left_out

    async def _paused(
        self, m: int, pools: Sequence[Pooled], left_out: dict[str, str]
    ) -> list[Pooled]:
        """Draw pools of the same questions behind `m` pauses; leave out those that failed."""
        ids, doing = {pool.id for pool in pools}, f"drawing pools behind {m} pauses"
        questions = [question for question in self.questions if question.id in ids]
        with self.bars(len(questions), doing) as advance:
            records = await draw(
                questions, self.size, self.how.paused(m), progress=_told(advance, doing)
            )
        left_out |= {
            record.id: f"behind {m} pauses: {record.error}"
            for record in records
            if isinstance(record, Failed)
        }
        return [record for record in records if isinstance(record, Pooled)]

    async def _live(self, pools: Sequence[Pooled], strategies: Sequence[AnyStrategy]) -> list[Live]:
        by_id = {question.id: question for question in self.questions}
        questions, found = [by_id[pool.id] for pool in pools], list[Live]()
        with self.bars(len(questions) * len(strategies), "searching") as advance:
            for strategy in strategies:
                told = _told(advance, f"searching by {strategy.kind}")
                found.append(await run_live(questions, strategy, self.how, progress=told))
        return found

    async def _replayed(
        self, pools: Sequence[Pooled], strategies: Sequence[AnyStrategy]
    ) -> list[list[Measure]]:
        rows = []
        with self.bars(len(pools), "replaying") as advance:
            for pool in pools:
                table = Table(pool, self.how)
                rows.append([await _replay(table, one, self.how.seed) for one in strategies])
                advance("replaying")
        return rows


def _told(advance: Callable[[str], None], said: str) -> Callable[[object], None]:
    """Return what moves a bar on for each record."""
    return lambda _: advance(said)


async def _replay(table: Table, strategy: Strategy, seed: int) -> Measure:
    try:
        return await replay(table, strategy, seed)
    except NotReplayable as error:
        raise CannotCalibrate(
            f"{strategy.kind} could be replayed on one pool, but on that of question {table.id} it "
            f"{error}: leave it out of the strategies"
        ) from error


def _check_enough(kept: int, asked: int, left_out: Mapping[str, str]) -> None:
    if kept >= FEWEST:
        return
    why = f"; the first left out: {next(iter(left_out.values()))}" if left_out else ""
    raise CannotCalibrate(
        f"{kept} of {asked} questions remain, and a policy takes {FEWEST} at least{why}"
    )


def _samples(strategy: Strategy) -> int:
    """Return about how many whole solutions a strategy's tokens come to."""
    n = getattr(strategy, "n", None)
    return n if isinstance(n, int) else strategy.solutions
