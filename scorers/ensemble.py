"""Several scorers as one, against over-optimisation: what fools one seldom fools all.

Source: arXiv:2310.02743, section 3.2. `min` is worst-case optimisation, `mean` the average; and
`lower_bound`, mean - k * standard deviation, is uncertainty-weighted optimisation.

Differs from the paper: there the variance is subtracted, here its root, which like the scores does
not shrink when they are squeezed into [0, 1]; and members need not be of one kind.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import fmean, pstdev
from typing import Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator
from typing_extensions import override

from engines.tasks import collect
from engines.usage import Counted, Usage
from scorers.base import (
    Abstention,
    Candidate,
    Judgement,
    Opinion,
    Scorer,
    ScorerError,
    ScorerUnavailable,
    Verdict,
)
from scorers.kind import Around, ScorerKind
from scorers.maths import Comparing
from scorers.programs.telling import examiner_of
from scorers.programs.tests import AnyTest

How: TypeAlias = Literal["mean", "min", "lower_bound"]

_UNFINISHED = Abstention("the solution is unfinished")


class Ensemble:
    """Asks every member, all at once, and makes one opinion of theirs on each candidate.

    A member that abstains on a candidate, or fails, is left out of its score, which says so.

    Args:
        name: what the configuration calls it.
        members: those asked, at least one.
        how: scores become one.
        k: standard deviations below the mean of `lower_bound`.
    """

    def __init__(self, name: str, members: Sequence[Scorer], how: How, k: float) -> None:
        self.name = name
        self._members, self._how, self._k = tuple(members), how, k
        self.partial = all(member.partial for member in members)
        self.relative = any(member.relative for member in members)
        self.remote = any(member.remote for member in members)
        self.alternatives = max(member.alternatives for member in members)
        comparing = [m for m in members if isinstance(m, Comparing) and m.compares]
        self.compares, self.untold = bool(comparing), any(m.untold for m in comparing)
        self.examiner = self if any(map(examiner_of, members)) else None

    @property
    def counts(self) -> Counted:
        """What is known of the cost of every member."""
        return frozenset.intersection(*(member.counts for member in self._members))

    def told(self, truth: str) -> Scorer:
        """Return what judges by this answer, with those of the members that compare with one."""
        told = [m.told(truth) if isinstance(m, Comparing) else m for m in self._members]
        return Ensemble(self.name, told, self._how, self._k)

    def told_tests(self, tests: Sequence[AnyTest]) -> Scorer:
        """Return what judges by these tests, with those of the members that run some."""
        pairs = ((member, examiner_of(member)) for member in self._members)
        told = [examiner.told_tests(tests) if examiner else m for m, examiner in pairs]
        return Ensemble(self.name, told, self._how, self._k)

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return the most that asking every member can cost."""
        shown = self._shown(candidates)
        return sum((m.bound(shown) for m in self._members if shown), start=Usage())

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`. Fails if every member does."""
        shown = self._shown(candidates)
        if not shown:
            return Judgement((_UNFINISHED,) * len(candidates))
        replies = await collect(_ask(member, shown) for member in self._members)
        failures = [reply for reply in replies if isinstance(reply, ScorerError)]
        if len(failures) == len(replies):
            raise _all_failed(failures)
        told = zip(*(_opinions(reply, len(shown)) for reply in replies), strict=True)
        joined = (
            self._joined(next(told)) if self._takes(candidate) else _UNFINISHED
            for candidate in candidates
        )
        bills = (_bill(m, reply, shown) for m, reply in zip(self._members, replies, strict=True))
        return Judgement(tuple(joined), sum(bills, start=Usage()))

    def _takes(self, candidate: Candidate) -> bool:
        return self.partial or candidate.finished

    def _shown(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        return [candidate for candidate in candidates if self._takes(candidate)]

    def _joined(self, opinions: Sequence[Opinion]) -> Opinion:
        """Make one of the opinions that (M,) members have of a candidate."""
        names = [member.name for member in self._members]
        pairs = zip(names, opinions, strict=True)
        missing = tuple(f"{name}: {o.reason}" for name, o in pairs if isinstance(o, Abstention))
        verdicts = [opinion for opinion in opinions if isinstance(opinion, Verdict)]
        if not verdicts:
            return Abstention(f"no member has a score: {'; '.join(missing)}")
        score = combined([verdict.score for verdict in verdicts], self._how, self._k)
        report = next((v.report for v in verdicts if v.report is not None), None)
        rows = [verdict.rewards for verdict in verdicts]
        if len({len(row) for row in rows}) > 1:
            return Verdict(score, (score,), missing, report)
        rewards = (combined(step, self._how, self._k) for step in zip(*rows, strict=True))
        return Verdict(score, tuple(rewards), missing, report)


def combined(scores: Sequence[float], how: How, k: float) -> float:
    """Reduce the scores of (M,) members, each in [0, 1], to one in [0, 1]."""
    if how == "min":
        return min(scores)
    lower = k * pstdev(scores) if how == "lower_bound" else 0.0
    return min(1.0, max(0.0, fmean(scores) - lower))


async def _ask(member: Scorer, shown: Sequence[Candidate]) -> Judgement | ScorerError:
    try:
        return await member.judge(shown)
    except ScorerError as error:
        return error


def _opinions(reply: Judgement | ScorerError, n: int) -> Sequence[Opinion]:
    return reply.opinions if isinstance(reply, Judgement) else [Abstention(str(reply))] * n


def _bill(member: Scorer, reply: Judgement | ScorerError, shown: Sequence[Candidate]) -> Usage:
    """Return what a member cost; one that failed may have cost as much as it can."""
    if isinstance(reply, Judgement) or reply.unspent:
        return reply.usage
    return member.bound(shown)


def _all_failed(failures: Sequence[ScorerError]) -> ScorerUnavailable:
    known = sum((failure.usage for failure in failures), start=Usage())
    unspent = all(failure.unspent for failure in failures)
    reasons = "; ".join(map(str, failures))
    return ScorerUnavailable(f"every member failed: {reasons}", unspent=unspent, usage=known)


class EnsembleConfig(ScorerKind):
    """Several scorers as one."""

    kind: Literal["ensemble"] = "ensemble"
    members: tuple[str, ...] = Field(
        min_length=2, max_length=16, description="names of other scorers"
    )
    how: How = Field(default="mean", description="scores become one")
    k: float = Field(
        default=1.0, ge=0, le=100, description="standard deviations of `lower_bound` below the mean"
    )

    @property
    @override
    def needs(self) -> tuple[str, ...]:
        """Its members; see `ScorerKind.needs`."""
        return self.members

    @field_validator("members")
    @classmethod
    def _apart(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(members)) < len(members):
            raise ValueError("a member is named twice")
        return members

    @model_validator(mode="after")
    def _of_use(self) -> Self:
        if "k" in self.model_fields_set and self.how != "lower_bound":
            raise ValueError("`k` is of `lower_bound`, and of nothing else")
        return self

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        yield Ensemble(name, [around.scorers[m] for m in self.members], self.how, self.k)
