"""What the service asks of tracing, whether there is any or not. Knows no OpenTelemetry."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from starlette.types import Message, Scope

from app.presets import BudgetOptions
from engines.base import Engine
from engines.build import EngineConfig
from engines.http import Carried, nothing
from search import Models, Outcome
from search.events import Event
from search.registry import AnyStrategy


class Answered(Protocol):
    """One request's span."""

    def hear(self, message: Message) -> None:
        """Take note of a message of the response."""
        ...


class Watched(Protocol):
    """One search's spans."""

    @property
    def models(self) -> Models:
        """The search's models, whose calls are seen."""
        ...

    def hear(self, event: Event) -> None:
        """Take note of an event of the search."""
        ...

    def found(self, outcome: Outcome) -> None:
        """Take note of what the search came to."""
        ...


class Tracing(Protocol):
    """Follows what happens to requests."""

    @property
    def on(self) -> bool:
        """Whether it does."""
        ...

    @property
    def carried(self) -> Carried:
        """The headers by which other servers know what their part belongs to."""
        ...

    def engine(self, engine: Engine, config: EngineConfig) -> Engine:
        """Return an engine whose calls are seen."""
        ...

    def request(self, scope: Scope) -> AbstractContextManager[Answered]:
        """Follow a request while it is answered."""
        ...

    def search(
        self, trace: str, strategy: AnyStrategy, limits: BudgetOptions, models: Models
    ) -> AbstractContextManager[Watched]:
        """Follow a search, whose answer has this id, from its beginning to its end."""
        ...


class Unwatched:
    """A search, or a request, that nobody follows."""

    def __init__(self, models: Models) -> None:
        self.models = models

    def hear(self, event: Event) -> None:
        """Take no note of an event."""

    def found(self, outcome: Outcome) -> None:
        """Take no note of an outcome."""


class _Unheard:
    def hear(self, message: Message) -> None:
        """Take no note of a message."""


class Untraced:
    """Follows nothing; see `Tracing`."""

    on = False
    carried = staticmethod(nothing)

    def engine(self, engine: Engine, _: EngineConfig) -> Engine:
        """Return the engine as it is."""
        return engine

    @contextmanager
    def request(self, _: Scope) -> Iterator[Answered]:
        """Follow no request."""
        yield _Unheard()

    @contextmanager
    def search(
        self, _: str, __: AnyStrategy, ___: BudgetOptions, models: Models
    ) -> Iterator[Watched]:
        """Follow no search."""
        yield Unwatched(models)


UNTRACED = Untraced()
