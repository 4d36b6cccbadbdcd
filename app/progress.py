"""What a search has done so far, in one line."""

from engines.base import Usage
from scorers.base import Verdict
from search.events import Compared, Degraded, Event, Generated, Judged, Noted


class Progress:
    """Folds a search's events into a line for a person who waits."""

    def __init__(self) -> None:
        self.samples = 0
        self.best: float | None = None
        self.usage = Usage()
        self.last = "started"

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, Generated):
            self.samples += len(event.generation.samples)
            self.usage += event.generation.usage
            self.last = "drawing"
        elif isinstance(event, Judged):
            self.usage += event.judgement.usage
            self._judged(event)
        elif isinstance(event, Compared):
            self.usage += event.comparison.usage
            self.last = "comparing"
        elif isinstance(event, Degraded):
            self.last = event.reason
        elif isinstance(event, Noted):
            self.last = event.label

    def _judged(self, event: Judged) -> None:
        scores = [o.score for o in event.judgement.opinions if isinstance(o, Verdict)]
        self.best = max([*scores, *([] if self.best is None else [self.best])], default=None)
        self.last = "judging"

    @property
    def line(self) -> str:
        """The line: what was done last, samples, tokens, calls and the best score so far."""
        best = "" if self.best is None else f", best {self.best:.3f}"
        tokens, calls = self.usage.completion_tokens, self.usage.calls
        return f"{self.last}: {self.samples} samples, {tokens} tokens, {calls} calls{best}"
