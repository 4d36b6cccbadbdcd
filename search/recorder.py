"""Says what happens in a search, and gives every call its name."""

from search.events import Degraded, Event, Sink


class Recorder:
    """A search's voice: events go to the sink, degradations are kept for the response too.

    Calls are named by where they stand in the search ("3.1": third call, second request), never
    by when they happened.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.degradations: list[str] = []
        self._calls, self._asides = 0, 0

    def next_call(self) -> str:
        """Return the name of the next call."""
        self._calls += 1
        return str(self._calls)

    @property
    def upcoming(self) -> str:
        """The name that the next call will have."""
        return str(self._calls + 1)

    def next_aside(self) -> str:
        """Return a name for a call made while the latest is still under way."""
        self._asides += 1
        return f"{self._calls}/{self._asides}"

    def say(self, event: Event) -> None:
        """Pass an event on."""
        self._sink(event)

    def degrade(self, reason: str) -> None:
        """Say once that something was not done as asked for."""
        if reason not in self.degradations:
            self.degradations.append(reason)
            self._sink(Degraded(reason))
