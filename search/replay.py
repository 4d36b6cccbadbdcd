"""Models that say again what a trace says was said: a search without servers."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from engines.base import (
    DEFAULT,
    Capabilities,
    Delta,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
)
from engines.conversation import Conversation
from engines.errors import EngineUnavailable
from engines.usage import FREE, Usage
from scorers.answers import Answers
from scorers.base import Candidate, Judgement, ScorerUnavailable
from scorers.preference import Comparison, Pair
from search.errors import BudgetExhausted, ReplayMismatch
from search.events import (
    Compared,
    Event,
    Generated,
    Grouped,
    Judged,
    Rendered,
    Trace,
    Unaffordable,
    Undrawn,
    Unjudged,
    Written,
)
from search.models import Models
from search.replay_adviser import ReplayAdviser

_NONE: Mapping[str, Capabilities] = {}


class Replay:
    """An engine and a grader in one, answering from a trace; `models` adds its scorers.

    `others` are what the further engines could do, by their names. A search that the clock cut
    short can be replayed up to where it was cut.
    """

    def __init__(
        self,
        trace: Trace,
        capabilities: Capabilities,
        others: Mapping[str, Capabilities] = _NONE,
        *,
        name: str = DEFAULT,
    ) -> None:
        self.capabilities, self._others = capabilities, others
        rendered = [e.prompt for e in trace if isinstance(e, Rendered)]
        self._prompts = {p.conversation: p for p in rendered if p.engine == name}
        self._written = {e.step.text: e.step.ids for e in trace if isinstance(e, Written)}
        self._generated = {e.request.id: e for e in trace if isinstance(e, Generated | Undrawn)}
        self._answers = {e.texts: e.answers for e in trace if isinstance(e, Grouped)}
        self._trace = trace

    @property
    def models(self) -> Models:
        """This replay in every role."""
        seen = (e.request.sampling.alternatives for e in self._generated.values())
        alternatives = max(seen, default=0)
        asked = (_asked(event) for event in self._trace)
        scorers = tuple(
            ReplayScorer(name, self._trace, alternatives) for name in dict.fromkeys(asked) if name
        )
        others = {name: Replay(self._trace, able, name=name) for name, able in self._others.items()}
        adviser = ReplayAdviser.of(self._trace)
        return Models(self, scorers, self, ReplayComparer(self._trace), others, adviser)

    async def render(self, conversation: Conversation) -> Prompt:
        """Return the recorded prompt; raise `ReplayMismatch` if there is none."""
        try:
            return self._prompts[conversation]
        except KeyError:
            raise ReplayMismatch("a conversation is not rendered in the trace") from None

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Return the recorded tokens; raise `ReplayMismatch` if there are none."""
        try:
            return self._written[text]
        except KeyError:
            raise ReplayMismatch(f"{text!r} is not written in the trace") from None

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Return the recorded generation; raise `ReplayMismatch` if there is none."""
        event = self._generated.get(request.id)
        if event is None or event.request != request:
            raise ReplayMismatch(f"request {request.id} is not in the trace as asked")
        if isinstance(event, Undrawn):
            raise EngineUnavailable(event.reason, unspent=event.unspent)
        if event.cut:
            raise ReplayMismatch(f"request {request.id} was cut short by the clock")
        for i, sample in enumerate(event.generation.samples):
            if listen:
                listen(Delta(i, sample.step.text, sample.step.tokens, sample.finish, sample))
        return event.generation

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Raise `ReplayMismatch`: traces hold what scorers said, not what they asked."""
        raise ReplayMismatch(f"request {request.id} asks for likelihoods of {labels}")

    async def health(self) -> None:
        """Return: a trace is always there."""

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:  # noqa: ARG002
        """Return the recorded answers; raise `ReplayMismatch` if there are none."""
        try:
            return self._answers[tuple(texts)]
        except KeyError:
            raise ReplayMismatch("these solutions are not compared in the trace") from None

    async def equal(self, truth: str, given: str) -> bool:
        """Raise `ReplayMismatch`: searches group answers, and compare none with a truth."""
        raise ReplayMismatch(f"the trace does not compare {given!r} with {truth!r}")


class ReplayScorer:
    """One scorer of a trace, which judged after seeing `alternatives` a token.

    What was judged in several calls, as solutions ended, is answered in one. The bill is in order:
    what was judged before and is not asked about, as its request failed later, is on the next.
    """

    partial, remote = True, False
    counts = FREE

    def __init__(self, name: str, trace: Trace, alternatives: int) -> None:
        self.name, self.alternatives = name, alternatives
        self._judged = [e for e in trace if isinstance(e, Judged) and e.scorer == name]
        self.relative = any(event.relative for event in self._judged)
        self._billed = 0
        self._whole = {_all(event.candidates): i for i, event in enumerate(self._judged)}
        self._places: dict[_Who, tuple[int, int]] = {}
        for i, event in enumerate(self._judged):
            for k, candidate in enumerate(event.candidates):
                self._places.setdefault(_who(candidate), (i, k))
        # Those that were judged all the same, once the scorer was asked again, did not fail.
        failed = [e for e in trace if isinstance(e, Unjudged) and e.scorer == name]
        lost = ((_who(c), event) for event in failed for c in event.candidates)
        self._failed = {who: event for who, event in lost if who not in self._places}
        self._short = _unaffordable(trace, name)

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return what the recorded judgement cost.

        Raises:
            BudgetExhausted: it could not be afforded then, either.
            ReplayMismatch: there is none.
        """
        _afford(self._short, candidates)
        failed = self._failures(candidates)
        return failed[0].bound if failed else self._find(candidates)[0].usage

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Return the recorded judgement, or fail as the scorer did."""
        failed = self._failures(candidates)
        known = [c for c in candidates if _who(c) in self._places] if failed else candidates
        judgement, self._billed = self._find(known)
        if failed:
            reason, unspent = failed[0].reason, failed[0].unspent
            raise ScorerUnavailable(reason, unspent=unspent, usage=judgement.usage)
        return judgement

    def _failures(self, candidates: Sequence[Candidate]) -> list[Unjudged]:
        return [self._failed[_who(c)] for c in candidates if _who(c) in self._failed]

    def _find(self, candidates: Sequence[Candidate]) -> tuple[Judgement, int]:
        """Return what is told of candidates, and how many judgements are on the bill with it."""
        whole = self._whole.get(_all(candidates))
        try:
            places = (
                [self._places[_who(c)] for c in candidates]
                if whole is None
                else [(whole, k) for k in range(len(candidates))]
            )
        except KeyError:
            raise ReplayMismatch("these candidates are not judged in the trace") from None
        upto = max([self._billed, *(i + 1 for i, _ in places)])
        usages = (event.judgement.usage for event in self._judged[self._billed : upto])
        opinions = tuple(self._judged[i].judgement.opinions[k] for i, k in places)
        return Judgement(opinions, sum(usages, start=Usage())), upto


class ReplayComparer:
    """The judge of pairs of a trace."""

    able, counts = True, FREE

    def __init__(self, trace: Trace) -> None:
        told = [e for e in trace if isinstance(e, Compared)]
        self.name = told[0].judge if told else "unasked"
        self._comparisons = {e.pairs: e.comparison for e in told}
        self._short = _unaffordable(trace)

    def bound(self, pairs: Sequence[Pair]) -> Usage:
        """Return what the recorded comparison cost; see `ReplayScorer.bound`."""
        _afford(self._short, [candidate for pair in pairs for candidate in pair])
        return self._find(pairs).usage

    async def compare(self, pairs: Sequence[Pair]) -> Comparison:
        """Return the recorded comparison; raise `ReplayMismatch` if there is none."""
        return self._find(pairs)

    def _find(self, pairs: Sequence[Pair]) -> Comparison:
        try:
            return self._comparisons[tuple(pairs)]
        except KeyError:
            raise ReplayMismatch("these pairs are not compared in the trace") from None


def _asked(event: Event) -> str | None:
    """Return the scorer that an event tells of."""
    if isinstance(event, Judged | Unjudged):
        return event.scorer
    return event.asked if isinstance(event, Unaffordable) else None


_Who: TypeAlias = tuple[Prompt, tuple[str, ...], bool]
"""What a candidate is to a scorer; see `search.judging.key`."""
_Short: TypeAlias = dict[tuple[_Who, ...], str]


def _who(candidate: Candidate) -> _Who:
    steps = tuple(step.text for step in candidate.steps)
    return candidate.prompt, steps, candidate.finished


def _all(candidates: Sequence[Candidate]) -> tuple[_Who, ...]:
    return tuple(_who(candidate) for candidate in candidates)


def _unaffordable(trace: Trace, name: str | None = None) -> _Short:
    """Return what there was too little of, by those who were not judged for it."""
    short = (e for e in trace if isinstance(e, Unaffordable) and name in (None, e.asked))
    return {_all(e.candidates): e.currency for e in short}


def _afford(short: _Short, candidates: Sequence[Candidate]) -> None:
    if _all(candidates) in short:
        raise BudgetExhausted(short[_all(candidates)])
