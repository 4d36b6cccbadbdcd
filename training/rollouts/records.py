"""A run's journal: a line for each question as its work ends, with its examples."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter, ValidationError

from engines.usage import Usage
from training.journal import Journal, Settings, journal
from training.rollouts.label import Labels


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question's work is done: what came of it, and its cost."""

    id: str
    labels: Labels
    usage: Usage
    kind: Literal["labelled"] = "labelled"


@dataclass(frozen=True, slots=True)
class Failed:
    """A question's work failed by `error`, and is done again by a run that goes on from here."""

    id: str
    error: str
    usage: Usage
    kind: Literal["failed"] = "failed"


Record: TypeAlias = Labelled | Failed
_LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Labelled | Failed, Discriminator("kind")])


@dataclass(slots=True)
class Records:
    """The records of a run by question; the latest of each counts."""

    kept: dict[str, Record]
    journal: Journal

    def add(self, record: Record) -> None:
        """Keep a record; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        self.kept[record.id] = record
        self.journal.add(_LINE.dump_json(record))

    def done(self, id: str) -> bool:  # noqa: A002 - the question's own word
        """Say whether a question was labelled, and need not be again."""
        return isinstance(self.kept.get(id), Labelled)

    def labels(self, ids: Sequence[str]) -> list[Labels]:
        """Return what came of those questions that are done, in this order."""
        found = (self.kept.get(id_) for id_ in ids)
        return [record.labels for record in found if isinstance(record, Labelled)]


@contextmanager
def opened(path: Path, setup: Settings) -> Iterator[Records]:
    """Open a run's journal, or begin it.

    Raises:
        OutputRefused: it cannot be used; see `journal`.
    """
    with journal(path, setup) as held:
        records = Records({}, held)
        for place, line in enumerate(held.lines):
            try:
                record = _LINE.validate_json(line)
            except ValidationError:
                raise held.stranger(place) from None
            records.kept[record.id] = record
        yield records
