"""What a search has cost by the time it ends, however it ends: one that raises brings no bill."""

import asyncio
from dataclasses import dataclass, field

from engines.usage import Usage
from evaluation.datasets import Question
from evaluation.records import Failed
from search.events import Compared, Event, Generated, Judged


@dataclass(slots=True)
class Meter:
    """What a search that `hear` is the sink of has cost so far."""

    generator: Usage = field(default_factory=Usage)
    verifier: Usage = field(default_factory=Usage)
    start: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def hear(self, event: Event) -> None:
        """Take note of what an event cost."""
        if isinstance(event, Generated):
            self.generator += event.generation.usage
        elif isinstance(event, Judged):
            self.verifier += event.judgement.usage
        elif isinstance(event, Compared):
            self.verifier += event.comparison.usage

    @property
    def seconds(self) -> float:
        """Seconds since it was made."""
        return asyncio.get_running_loop().time() - self.start


def failed(question: Question, error: Exception, meter: Meter) -> Failed:
    """Return the record of a search that raised an error."""
    return Failed(
        question.id,
        question.text,
        question.truth,
        f"{type(error).__name__}: {error}",
        meter.seconds,
        meter.generator,
        meter.verifier,
    )
