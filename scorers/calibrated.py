"""A scorer whose scores are chances: another one's, through a curve that was fitted to labels.

Knows what of a verdict is to be mapped. What a curve is, is in `scorers.calibration`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from typing_extensions import override

from engines.usage import Counted, Usage
from scorers.base import Aggregation, Candidate, Judgement, Opinion, Scorer, Verdict, aggregate
from scorers.calibration import Calibration
from scorers.kind import Around, ScorerKind
from scorers.maths import Comparing
from scorers.programs.telling import examiner_of
from scorers.programs.tests import AnyTest


class Calibrated:
    """Asks another scorer, and maps what it says; a higher score stays no lower.

    By a curve of solutions the score is mapped, and rewards stay as they are: a single one that is
    the score is mapped with it. By a curve of steps each reward is mapped; the score is then made
    of them by `aggregation`, or if there is none mapped like a reward, which for `last` and `min`
    is the same.

    Args:
        name: what the configuration calls it.
        inner: the scorer that is asked.
        calibration: the curve, and what it was fitted to.
        aggregation: of the mapped rewards of steps.
    """

    def __init__(
        self,
        name: str,
        inner: Scorer,
        calibration: Calibration,
        aggregation: Aggregation | None = None,
    ) -> None:
        self.name = name
        self._inner, self._calibration, self._aggregation = inner, calibration, aggregation
        self.partial, self.relative = inner.partial, inner.relative
        self.remote, self.alternatives = inner.remote, inner.alternatives
        comparing = inner if isinstance(inner, Comparing) else None
        self.compares = comparing is not None and comparing.compares
        self.untold = comparing is not None and comparing.untold

        self.examiner = self if examiner_of(inner) else None

    @property
    def counts(self) -> Counted:
        """What is known of the cost of the scorer asked."""
        return self._inner.counts

    def told(self, truth: str) -> Scorer:
        """Return what judges by this answer; see `Comparing.told`."""
        inner = self._inner.told(truth) if isinstance(self._inner, Comparing) else self._inner
        return Calibrated(self.name, inner, self._calibration, self._aggregation)

    def told_tests(self, tests: Sequence[AnyTest]) -> Scorer:
        """Return what judges by these tests; see `Examiner.told_tests`."""
        examiner = examiner_of(self._inner)
        inner = examiner.told_tests(tests) if examiner else self._inner
        return Calibrated(self.name, inner, self._calibration, self._aggregation)

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return the most that the scorer asked can cost."""
        return self._inner.bound(candidates)

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        judged = await self._inner.judge(candidates)
        return replace(judged, opinions=tuple(map(self._mapped, judged.opinions)))

    def _mapped(self, opinion: Opinion) -> Opinion:
        if not isinstance(opinion, Verdict):
            return opinion
        chance, rewards = self._calibration.curve.chance, opinion.rewards
        if self._calibration.level == "step" or rewards == (opinion.score,):
            rewards = tuple(map(chance, rewards))
        score = aggregate(rewards, self._aggregation) if self._aggregation else None
        return replace(
            opinion, score=chance(opinion.score) if score is None else score, rewards=rewards
        )


class CalibratedConfig(ScorerKind):
    """Another scorer, whose scores become chances to be right."""

    kind: Literal["calibrated"] = "calibrated"
    scorer: str = Field(min_length=1, description="the name of the other one")
    file: Path = Field(description="the curve, as `fathom calibrate-scorer` writes it")
    aggregation: Aggregation | None = Field(
        default=None, description="of the chances of steps; the score is mapped if not given"
    )

    @property
    @override
    def needs(self) -> tuple[str, ...]:
        """The other scorer; see `ScorerKind.needs`."""
        return (self.scorer,)

    @cached_property
    def calibration(self) -> Calibration:
        """What the file says, read once."""
        return Calibration.read(self.file)

    @model_validator(mode="after")
    def _usable(self) -> Self:
        level = self.calibration.level
        if self.aggregation is not None and level != "step":
            raise ValueError(
                f"`aggregation` is of the chances of steps, and {self.file} has those of solutions"
            )
        return self

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        inner = around.scorers[self.scorer]
        yield Calibrated(name, inner, self.calibration, self.aggregation)
