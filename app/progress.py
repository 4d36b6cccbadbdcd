"""What a search has done so far: in one line for people, and in JSON for programs."""

from pydantic import JsonValue

from app.presets import BudgetOptions
from engines.usage import Usage
from scorers.base import Verdict
from search.events import Compared, Degraded, Event, Generated, Judged, Noted

EVENT = "search.progress"
"""The name of the event."""


class Progress:
    """Folds a search's events into what is told of it while it goes on."""

    def __init__(self) -> None:
        self.rounds, self.samples = 0, 0
        self._round: str | None = None
        self.best: float | None = None
        self.usage = Usage()
        self.last = "started"

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, Generated):
            self._drawn(event)
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

    def _drawn(self, event: Generated) -> None:
        self.samples += len(event.generation.samples)
        # Requests of one round are named after it: "3.1" is the second of round 3.
        place = event.request.id.partition(".")[0]
        self.rounds += place != self._round
        self._round = place

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

    def told(self, limits: BudgetOptions, seconds: float) -> dict[str, JsonValue]:
        """Return the same as JSON, with what is left of each limit after so many seconds."""
        spent = {
            "tokens": self.usage.completion_tokens,
            "seconds": seconds,
            "flops": self.usage.flops,
            "calls": self.usage.calls,
            "cost": self.usage.cost,
        }
        left = {
            name: round(max(0, limit - spent[name]), 4)
            for name, limit in limits.model_dump(exclude_none=True).items()
        }
        return {
            "type": EVENT,
            "doing": self.last,
            "rounds": self.rounds,
            "samples": self.samples,
            "tokens": spent["tokens"],
            "calls": spent["calls"],
            "best": self.best,
            "seconds": round(seconds, 3),
            "left": left,
        }
