"""Models that say again what a trace says was said: a search without servers."""

from collections.abc import Sequence

from engines.base import (
    FREE,
    Capabilities,
    Conversation,
    Delta,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
    Usage,
)
from scorers.answers import Answers
from scorers.base import Candidate, Judgement
from scorers.preference import Comparison, Pair
from search.errors import ReplayMismatch
from search.events import Compared, Generated, Grouped, Judged, Rendered, Trace, Written
from search.models import Models


class Replay:
    """An engine and a grader in one, answering from a trace; `models` adds its scorers.

    A search that the clock cut short can be replayed up to where it was cut.
    """

    def __init__(self, trace: Trace, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self._prompts = {e.prompt.conversation: e.prompt for e in trace if isinstance(e, Rendered)}
        self._written = {e.step.text: e.step.ids for e in trace if isinstance(e, Written)}
        self._generated = {e.request.id: e for e in trace if isinstance(e, Generated)}
        self._answers = {e.texts: e.answers for e in trace if isinstance(e, Grouped)}
        self._judged = [e for e in trace if isinstance(e, Judged)]
        self._compared = [e for e in trace if isinstance(e, Compared)]

    @property
    def models(self) -> Models:
        """This replay in every role."""
        names = dict.fromkeys(e.scorer for e in self._judged)
        seen = (e.request.sampling.alternatives for e in self._generated.values())
        alternatives = max(seen, default=0)
        scorers = tuple(
            ReplayScorer(name, [e for e in self._judged if e.scorer == name], alternatives)
            for name in names
        )
        return Models(self, scorers, self, ReplayComparer(self._compared))

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
        if event.cut:
            raise ReplayMismatch(f"request {request.id} was cut short by the clock")
        for i, sample in enumerate(event.generation.samples):
            if listen:
                listen(Delta(i, sample.step.text, sample.step.tokens, sample.finish))
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
    """One scorer of a trace, which judged after seeing `alternatives` a token."""

    partial, relative = True, False
    counts = FREE

    def __init__(self, name: str, events: Sequence[Judged], alternatives: int) -> None:
        self.name, self.alternatives = name, alternatives
        self._judgements = {e.candidates: e.judgement for e in events}

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return what the recorded judgement cost; raise `ReplayMismatch` if there is none."""
        return self._find(candidates).usage

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Return the recorded judgement; raise `ReplayMismatch` if there is none."""
        return self._find(candidates)

    def _find(self, candidates: Sequence[Candidate]) -> Judgement:
        try:
            return self._judgements[tuple(candidates)]
        except KeyError:
            raise ReplayMismatch("these candidates are not judged in the trace") from None


class ReplayComparer:
    """The judge of pairs of a trace."""

    able, counts = True, FREE

    def __init__(self, events: Sequence[Compared]) -> None:
        self.name = events[0].judge if events else "unasked"
        self._comparisons = {e.pairs: e.comparison for e in events}

    def bound(self, pairs: Sequence[Pair]) -> Usage:
        """Return what the recorded comparison cost; raise `ReplayMismatch` if there is none."""
        return self._find(pairs).usage

    async def compare(self, pairs: Sequence[Pair]) -> Comparison:
        """Return the recorded comparison; raise `ReplayMismatch` if there is none."""
        return self._find(pairs)

    def _find(self, pairs: Sequence[Pair]) -> Comparison:
        try:
            return self._comparisons[tuple(pairs)]
        except KeyError:
            raise ReplayMismatch("these pairs are not compared in the trace") from None
