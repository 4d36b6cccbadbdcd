"""Scorers that run tests, and can be told which: those of one request."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from scorers.base import Scorer
from scorers.programs.tests import AnyTest


class Examiner(Protocol):
    """A scorer that runs tests."""

    def told_tests(self, tests: Sequence[AnyTest]) -> Scorer:
        """Return what judges by these (T,) tests, and by no others."""
        ...


@runtime_checkable
class _MayExamine(Protocol):
    @property
    def examiner(self) -> Examiner | None:
        """What it runs tests with; `None` if it stands for a scorer that runs none."""
        ...


def examiner_of(scorer: Scorer) -> Examiner | None:
    """Return what can be told tests, if the scorer runs some."""
    return scorer.examiner if isinstance(scorer, _MayExamine) else None
