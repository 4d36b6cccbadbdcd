"""A span for each round of a search, around the calls that are made in it.

A round is drawing, and the judging until the next: calls are named by it ("3.1"), which is how one
is told from another. It ends with the last call made in it, so all are ended when the search is.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, Tracer, set_span_in_context, use_span
from typing_extensions import override

from app.telemetry.engine import usage_of
from app.telemetry.marks import ended
from engines.base import Engine, Generation, Likelihoods, Listener, Request
from engines.usage import Counted, Usage
from engines.wrapped import Wrapped
from scorers.base import Abstention, Candidate, Judgement, Scorer, Verdict
from scorers.preference import Comparer, Comparison, Pair


class Round:
    """One round: its span, what is said of it at the end, and when that was."""

    def __init__(self, span: Span) -> None:
        self.span, self.samples = span, 0
        self.best: float | None = None
        self.last = time.time_ns()

    def end(self) -> None:
        """End the span where the last call ended."""
        self.span.set_attribute("search.samples", self.samples)
        if self.best is not None:
            self.span.set_attribute("search.score.best", self.best)
        self.span.end(self.last)


class Rounds:
    """The rounds of one search, whose own span is `whole`."""

    def __init__(self, tracer: Tracer, whole: Span) -> None:
        self._tracer, self._whole = tracer, whole
        self._rounds: dict[str, Round] = {}

    def __len__(self) -> int:
        return len(self._rounds)

    @contextmanager
    def drawing(self, request: Request) -> Iterator[Round]:
        """Have spans belong to the round that a request is of; the first of it begins the round."""
        place = request.id.partition(".")[0]
        if place not in self._rounds:
            # Not below what is current: a task may have begun in another round.
            span = self._tracer.start_span(
                "search.round",
                set_span_in_context(self._whole),
                attributes={"search.round": len(self._rounds) + 1},
            )
            self._rounds[place] = Round(span)
        with self._within(self._rounds[place]) as round_:
            yield round_

    @contextmanager
    def judging(self, name: str, what: str, *, remote: bool) -> Iterator[tuple[Span, Round | None]]:
        """Have spans belong to that of a scorer's call, in the latest round, if there is one."""
        latest = next(reversed(self._rounds.values()), None)
        parent = self._whole if latest is None else latest.span
        kind = SpanKind.CLIENT if remote else SpanKind.INTERNAL
        span = self._tracer.start_span(
            f"search.{what} {name}",
            set_span_in_context(parent),
            kind,
            {"search.scorer": name},
        )
        try:
            with ended(span):
                yield span, latest
        finally:
            if latest is not None:
                latest.last = time.time_ns()

    def end(self) -> None:
        """End all that there were."""
        for round_ in self._rounds.values():
            round_.end()

    @contextmanager
    def _within(self, round_: Round) -> Iterator[Round]:
        try:
            with use_span(round_.span, record_exception=False, set_status_on_exception=False):
                yield round_
        finally:
            round_.last = time.time_ns()


class RoundsEngine(Wrapped):
    """An engine whose calls belong to rounds."""

    def __init__(self, engine: Engine, rounds: Rounds) -> None:
        super().__init__(engine)
        self._rounds = rounds

    @override
    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples."""
        with self._rounds.drawing(request) as round_:
            drawn = await super().generate(request, listen)
            round_.samples += len(drawn.samples)
            return drawn

    @override
    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask how likely labels are as the next token."""
        with self._rounds.drawing(request):
            return await super().likelihoods(request, labels)


class TracedScorer:
    """A scorer whose calls are spans; see `Scorer`."""

    def __init__(self, scorer: Scorer, rounds: Rounds) -> None:
        self._scorer, self._rounds = scorer, rounds
        self.name, self.partial, self.relative = scorer.name, scorer.partial, scorer.relative
        self.remote, self.alternatives = scorer.remote, scorer.alternatives

    @property
    def counts(self) -> Counted:
        """What of the cost of judging is known."""
        return self._scorer.counts

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return the most that judging (N,) candidates can cost."""
        return self._scorer.bound(candidates)

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`."""
        with self._rounds.judging(self.name, "verify", remote=self.remote) as (span, round_):
            span.set_attribute("search.candidates", len(candidates))
            judged = await self._scorer.judge(candidates)
            scores = [o.score for o in judged.opinions if isinstance(o, Verdict)]
            span.set_attribute("search.abstentions", len(judged.opinions) - len(scores))
            span.set_attributes(usage_of(judged.usage) if judged.usage.calls else {})
            if scores:
                span.set_attribute("search.score.best", max(scores))
                if round_ is not None:
                    round_.best = max([*scores, *([] if round_.best is None else [round_.best])])
            return judged


class TracedComparer:
    """A judge of pairs whose calls are spans; see `Comparer`."""

    def __init__(self, comparer: Comparer, rounds: Rounds) -> None:
        self._comparer, self._rounds, self.name = comparer, rounds, comparer.name

    @property
    def able(self) -> bool:
        """Whether the engine it asks can answer at all."""
        return self._comparer.able

    @property
    def counts(self) -> Counted:
        """What of the cost of comparing is known."""
        return self._comparer.counts

    def bound(self, pairs: Sequence[Pair]) -> Usage:
        """Return the most that comparing (N,) pairs can cost."""
        return self._comparer.bound(pairs)

    async def compare(self, pairs: Sequence[Pair]) -> Comparison:
        """Compare within each of (N,) pairs; see `Comparer.compare`."""
        with self._rounds.judging(self.name, "compare", remote=True) as (span, _):
            span.set_attribute("search.pairs", len(pairs))
            compared = await self._comparer.compare(pairs)
            silent = sum(isinstance(p, Abstention) for p in compared.preferences)
            span.set_attribute("search.abstentions", silent)
            span.set_attributes(usage_of(compared.usage))
            return compared
