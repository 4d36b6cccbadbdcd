"""The latest record of each thing that a run works on, in memory and in its journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from training.journal import Journal, Settings, journal


class Named(Protocol):
    """A record of the thing `id`; one that failed is of the kind "failed", and done again."""

    @property
    def id(self) -> str:
        """What it is of."""
        ...

    @property
    def kind(self) -> str:
        """What the record is."""
        ...


R = TypeVar("R", bound=Named)


@dataclass(frozen=True, slots=True)
class Latest(Generic[R]):
    """The records of a run by what they are of; the latest of each counts."""

    kept: dict[str, R]
    _journal: Journal
    _line: TypeAdapter[R]

    def add(self, record: R) -> None:
        """Keep a record; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        self.kept[record.id] = record
        self._journal.add(self._line.dump_json(record))

    def done(self, name: str) -> bool:
        """Say whether there is a record of this, and of no failure."""
        return name in self.kept and self.kept[name].kind != "failed"


@contextmanager
def latest(path: Path, setup: Settings, line: TypeAdapter[R]) -> Iterator[Latest[R]]:
    """Open a run's journal, or begin it, and read what it holds; `line` reads and writes a record.

    Raises:
        OutputRefused: it cannot be used; see `training.journal.journal`.
    """
    with journal(path, setup) as held:
        yield Latest({record.id: record for record in held.read(line)}, held, line)
