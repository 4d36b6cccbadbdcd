"""Not asking a scorer that is down: after some failures in a row it is left alone for a while.

Ours, since a library such as purgatory counts a caller who hangs up as a failure or an answer, and
lets everybody in at once when the time is over.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, Field

from engines.errors import RequestRefused
from engines.usage import Counted, Usage
from scorers.base import Candidate, Judgement, Scorer, ScorerBaffled, ScorerError, ScorerUnavailable
from scorers.preference import comparer_of
from scorers.programs.telling import examiner_of
from scorers.programs.tests import AnyTest


class BreakerConfig(BaseModel):
    """When scorers are left alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failures: int = Field(default=5, ge=1, description="failures in a row that are enough")
    seconds: float = Field(default=30.0, gt=0, description="how long it is then left alone")


class Breaker:
    """Counts one scorer's failures in a row, of all who ask it, and says whether to ask.

    When the time is over one call is let through, and the others once it has been answered.

    Args:
        config: how many failures, and how long.
        clock: seconds that only go up.
    """

    def __init__(self, config: BreakerConfig, clock: Callable[[], float] = time.monotonic) -> None:
        self._config, self._clock = config, clock
        self._failures, self._last, self._until = 0, "", 0.0
        self._trying = False

    @contextmanager
    def call(self) -> Iterator[None]:
        """Hold this around a call. One that is cancelled counts for nothing.

        Raises:
            ScorerUnavailable: the scorer is not to be asked now.
        """
        trial = self._admit()
        try:
            yield
        except ScorerError as error:
            self._fail(error)
            raise
        else:
            self._failures = 0
        finally:
            self._trying = self._trying and not trial

    def _admit(self) -> bool:
        """Return whether the call is a trial, on which it depends what becomes of others."""
        if self._failures < self._config.failures:
            return False
        if self._trying or self._clock() < self._until:
            raise ScorerUnavailable(
                f"it is left alone for {self._config.seconds:g} s, having failed "
                f"{self._config.failures} times in a row, at last because: {self._last}",
                unspent=True,
            )
        self._trying = True
        return True

    def _fail(self, error: ScorerError) -> None:
        if isinstance(error, ScorerBaffled) or isinstance(error.__cause__, RequestRefused):
            # It answered: what it was shown is at fault, and others may show it better.
            self._failures = 0
            return
        self._failures += 1
        self._last, self._until = str(error), self._clock() + self._config.seconds


class Guarded:
    """A scorer as it is, but for a `breaker` that keeps it from being asked while it is down.

    What compares pairs is handed out as it is: it abstains where it fails. What runs tests is told
    them behind the same breaker.
    """

    def __init__(self, scorer: Scorer, breaker: Breaker) -> None:
        self._scorer, self._breaker = scorer, breaker
        self.examiner = self if examiner_of(scorer) else None
        self.name, self.partial, self.relative = scorer.name, scorer.partial, scorer.relative
        self.remote, self.alternatives = scorer.remote, scorer.alternatives
        self.comparer = comparer_of((scorer,))

    @property
    def counts(self) -> Counted:
        """What of the cost of judging is known."""
        return self._scorer.counts

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return the most that judging (N,) candidates can cost."""
        return self._scorer.bound(candidates)

    def told_tests(self, tests: Sequence[AnyTest]) -> "Guarded":
        """Return what judges by these tests, behind the same breaker; see `Examiner.told_tests`."""
        inner = examiner_of(self._scorer)
        assert inner
        return Guarded(inner.told_tests(tests), self._breaker)

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        with self._breaker.call():
            return await self._scorer.judge(candidates)
