"""Processes that compare answers with math-verify, and may hang or die of it.

Knows how to keep such processes and when to give one up; the comparing is in `math_worker`.
"""

import asyncio
import logging
import multiprocessing
from concurrent.futures.process import BrokenProcessPool
from typing import TypeAlias

from pebble import ProcessExpired, ProcessPool

from scorers.base import ScorerError
from scorers.math_worker import Question, judge, start

Verdicts: TypeAlias = tuple[bool | None, ...]

_LOG = logging.getLogger(__name__)

_TASKS = 1_000
"""Tasks after which a worker is replaced: SymPy's caches only grow."""

_LOOK_SECONDS = 0.5
"""How often a call that waits for a verdict looks whether the pool still lives."""


class WorkerLost(ScorerError):
    """A worker was ended for taking too long, or died; what it was asked stays unanswered."""


class MathPool:
    """A pool of `workers` that outlives them, as an async context manager.

    A question has `seconds` of wall-clock time; a worker that does not notice their end is killed
    `seconds` later. A worker may have `memory_bytes` of address space, on Linux.

    Attributes:
        timeouts: questions that took too long, or cost a worker.
    """

    def __init__(self, *, workers: int, seconds: float, memory_bytes: int) -> None:
        self._workers = workers
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._pool: ProcessPool | None = None
        self.timeouts = 0

    async def __aenter__(self) -> "MathPool":
        self._pool = self._launch()
        return self

    async def __aexit__(self, *_: object) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_end, pool)

    async def ask(self, questions: tuple[Question, ...]) -> Verdicts:
        """Return the verdicts on the first of the questions, at least one; see `judge`.

        Cancelling the call leaves the worker to finish, which takes it three times `seconds` at
        most: ending it would cost the next caller a new one.

        Raises:
            WorkerLost: none were had.
        """
        try:
            verdicts = await self._ask_twice(questions)
        except WorkerLost as error:
            self.timeouts += 1
            _LOG.warning("%s", error)
            raise
        self.timeouts += verdicts.count(None)
        return verdicts

    async def _ask_twice(self, questions: tuple[Question, ...]) -> Verdicts:
        """Ask, and once more if the pool broke: it does when a worker dies idle."""
        for _ in range(2):
            if (pool := self._pool) is None:
                break
            try:
                return await self._ask(pool, questions)
            except RuntimeError as error:
                _LOG.warning("replacing the pool that compares answers: %s", error)
                await self._replace(pool)
        raise WorkerLost("the pool that compares answers is closed, or does not start")

    async def _ask(self, pool: ProcessPool, questions: tuple[Question, ...]) -> Verdicts:
        limit = 3 * self._seconds
        future = asyncio.wrap_future(
            pool.schedule(judge, args=(questions, self._seconds), timeout=limit)
        )
        future.add_done_callback(_look_at)
        # A pool that breaks or closes forgets what it was asked, so waiting alone may never end.
        while not future.done() and pool.active:
            await asyncio.wait({future}, timeout=_LOOK_SECONDS)
        if not future.done():
            raise BrokenProcessPool("the pool ended")
        try:
            return future.result()
        except TimeoutError as error:
            raise WorkerLost(f"comparing answers took over {limit:g} s, and a worker") from error
        except ProcessExpired as error:
            raise WorkerLost(f"comparing answers cost a worker: {error.exitcode=}") from error

    async def _replace(self, broken: ProcessPool) -> None:
        if self._pool is broken:
            self._pool = self._launch()
            await asyncio.to_thread(_end, broken)

    def _launch(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=self._workers,
            max_tasks=_TASKS,
            initializer=start,
            initargs=(self._memory_bytes,),
            context=multiprocessing.get_context("spawn"),
        )
        # A pool starts its workers when first looked at. They must be children of a thread that
        # lives as long as the loop, for they die with the thread that started them.
        assert pool.active
        return pool


def _look_at(future: "asyncio.Future[Verdicts]") -> None:
    """Fetch the error of a call nobody awaits any more, which asyncio would report."""
    if not future.cancelled():
        future.exception()


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble's
    pool.join()
