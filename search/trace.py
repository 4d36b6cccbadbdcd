"""A search as a file: everything it takes to run it again without a model.

One JSON object: what was asked, how, of what, every event, and what came of it.
"""

from dataclasses import asdict, dataclass, field, replace
from math import isinf
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engines.base import Capabilities
from search.budget import Budget
from search.errors import SearchError
from search.events import Drafted, Trace
from search.models import Task
from search.registry import AnyStrategy
from search.replay import Replay
from search.run import Outcome, run_search

_FOREVER = 1e8
"""Seconds that no replay takes."""


class NotATrace(SearchError):
    """A file does not hold a search, or one of another version."""


@dataclass(frozen=True, slots=True)
class RecordedSearch:
    """One search that was run.

    Attributes:
        strategy: the algorithm and its hyper-parameters.
        task: what was asked.
        limits: what limited it, by the names of `Budget`; the infinite are left out.
        capabilities: of the engine that drew.
        events: everything that happened.
        result: what whoever ran it made of its outcome.
        others: capabilities of the further engines, by name.
        reference: the answer known to be right, if it was given.
    """

    strategy: AnyStrategy
    task: Task
    limits: dict[str, float]
    capabilities: Capabilities
    events: Trace
    result: dict[str, Any]
    others: dict[str, Capabilities] = field(default_factory=dict)
    reference: str | None = None

    def dump(self, indent: int | None = None) -> bytes:
        """Return it as JSON. Pieces of text as they were drawn are left out: their sum is there."""
        kept = replace(self, events=[e for e in self.events if not isinstance(e, Drafted)])
        return _FILE.dump_json(kept, indent=indent)

    def write(self, path: Path) -> None:
        """Save it as a file."""
        path.write_bytes(self.dump(indent=1))

    @classmethod
    def load(cls, content: bytes, name: str) -> "RecordedSearch":
        """Return the search that JSON holds; `name` is what an error calls that.

        Raises:
            NotATrace: it is none, and where it is wrong.
        """
        try:
            return _FILE.validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise NotATrace(f"{name} is not a trace: {place} {first['msg']}") from error

    @classmethod
    def read(cls, path: Path) -> "RecordedSearch":
        """Load a file.

        Raises:
            NotATrace: the file is not one, and where it is wrong.
        """
        return cls.load(path.read_bytes(), str(path))

    async def replay(self) -> Outcome:
        """Run the search again, answered from its own events; the clock has no say in it.

        Raises:
            ReplayMismatch: it asked for what is not there: the strategy has changed, or the clock
                had cut the search short.
        """
        models = Replay(self.events, self.capabilities, self.others).models
        budget = Budget(**self.limits)
        if not isinf(budget.seconds):
            # A limit that is never reached, not none: strategies see whether there is one.
            budget = replace(budget, seconds=_FOREVER)
        return await run_search(self.strategy, self.task, models, budget)


def limits_of(budget: Budget) -> dict[str, float]:
    """Return a budget's limits by name, without those that are none: JSON has no infinity."""
    return {name: limit for name, limit in asdict(budget).items() if not isinf(limit)}


_FILE = TypeAdapter(RecordedSearch)
