"""The journal of a run: a line for each thing that a teacher or a student said of a sample."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isnan, nan
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, PlainSerializer, TypeAdapter, ValidationError

from engines.base import Usage
from training.journal import LongJournal, Settings, long_journal
from training.recycle.reflection import Reply
from training.recycle.scores import Scores

Step: TypeAlias = Literal[
    "score original", "reflect on instruction", "score instruction", "reflect on response",
    "score response",
]  # fmt: skip
"""What is done for a sample; those that are done at all are done in this order."""
Number: TypeAlias = Annotated[
    float,
    PlainSerializer(lambda number: None if isnan(number) else number),
    BeforeValidator(lambda number: nan if number is None else number),
]
"""A number; JSON has `null` for NaN."""


@dataclass(frozen=True, slots=True)
class Told:
    """The teacher replied."""

    id: int
    step: Step
    reply: Reply
    kind: Literal["told"] = "told"

    @property
    def usage(self) -> Usage:
        """What it cost."""
        return self.reply.usage


@dataclass(frozen=True, slots=True)
class Scored:
    """The student scored a version; `why` a score is NaN, if one is. Else as of `Scores`."""

    id: int
    step: Step
    ifd: Number
    r_ifd: Number
    instruction_tokens: int
    response_tokens: int
    why: tuple[str, ...]
    cut: bool
    usage: Usage
    kind: Literal["scored"] = "scored"

    @classmethod
    def of(cls, id: int, step: Step, scores: Scores) -> "Scored":  # noqa: A002 - the sample's word
        """Record scores."""
        missing = dict.fromkeys((scores.ifd_missing, scores.r_ifd_missing))
        return cls(
            id,
            step,
            scores.ifd,
            scores.r_ifd,
            scores.instruction_tokens,
            scores.response_tokens,
            tuple(reason for reason in missing if reason),
            scores.cut,
            scores.usage,
        )


@dataclass(frozen=True, slots=True)
class Failed:
    """A step failed by `error`, and is done again by a run that goes on from here."""

    id: int
    step: Step
    error: str
    usage: Usage = field(default_factory=Usage)
    kind: Literal["failed"] = "failed"


Done: TypeAlias = Told | Scored
Record: TypeAlias = Told | Scored | Failed
_LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Told | Scored | Failed, Discriminator("kind")])


@dataclass(slots=True)
class Records:
    """The records of a run, of which only their places in the file are held; the latest counts.

    `teacher` and `student` are what all replies and all scores have cost.
    """

    journal: LongJournal
    teacher: Usage = field(default_factory=Usage)
    student: Usage = field(default_factory=Usage)
    _places: dict[tuple[int, Step], int] = field(default_factory=dict)

    def get(self, id: int, step: Step) -> Record | None:  # noqa: A002 - the sample's word
        """Return what came of a step of a sample; `None` if it was not tried.

        Raises:
            OutputRefused: the file cannot be read.
        """
        place = self._places.get((id, step))
        return None if place is None else self._read(place, self.journal.at(place))

    def done(self, id: int, step: Step) -> Done | None:  # noqa: A002 - the sample's word
        """Return what came of a step of a sample, if it is done, and did not fail.

        Raises:
            OutputRefused: the file cannot be read.
        """
        record = self.get(id, step)
        return None if isinstance(record, Failed) else record

    def add(self, record: Record) -> None:
        """Keep a record; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        self._keep(self.journal.add(_LINE.dump_json(record)), record)

    def load(self) -> None:
        """Find all records of the file.

        Raises:
            OutputRefused: one of its lines is no record.
        """
        for place, line in self.journal.lines():
            self._keep(place, self._read(place, line))

    def _read(self, place: int, line: bytes) -> Record:
        try:
            return _LINE.validate_json(line)
        except ValidationError:
            raise self.journal.stranger(place) from None

    def _keep(self, place: int, record: Record) -> None:
        self._places[record.id, record.step] = place
        if record.step.startswith("score"):
            self.student += record.usage
        else:
            self.teacher += record.usage


@contextmanager
def opened(path: Path, setup: Settings) -> Iterator[Records]:
    """Open a run's journal, or begin it.

    Raises:
        OutputRefused: it cannot be used; see `long_journal`.
    """
    with long_journal(path, setup) as held:
        records = Records(held)
        records.load()
        yield records
