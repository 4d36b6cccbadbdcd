"""A line for each prompt: both answers, what the judge made of them in both orders, what it cost.

They are kept in a run's journal, from which the run goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter, ValidationError

from engines.usage import Usage
from evaluation.pairwise.protocol import Scores, Verdict, split
from training.journal import Journal, Settings, journal


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says: its answer, and the bill.

    Attributes:
        text: the answer, without thinking.
        stop: what ended its search; `None` if it is from a file.
        usage: what it cost.
        degradations: what was not done as asked for.
    """

    text: str
    stop: str | None = None
    usage: Usage = field(default_factory=Usage)
    degradations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """The judge's reply to one order, and the scores in it; `None` if there are not two."""

    reply: str
    scores: Scores | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Judged:
    """A prompt that both answered and the judge was asked about in both orders.

    Attributes:
        id: the prompt's.
        prompt: its last message.
        a: the answer of A.
        b: the answer of B.
        ab: the rating with A's answer shown first.
        ba: that with B's shown first.
        verdict: what comes of it for A; `None` where a reply has no two scores.
    """

    id: str
    prompt: str
    a: Answer
    b: Answer
    ab: Rating
    ba: Rating
    verdict: Verdict | None
    kind: Literal["judged"] = "judged"

    @property
    def split(self) -> bool:
        """Whether each answer was scored higher once."""
        ab, ba = self.ab.scores, self.ba.scores
        return ab is not None and ba is not None and split(ab, ba)


@dataclass(frozen=True, slots=True)
class Failed:
    """An answer, or a rating, could not be had; it is asked for again when the run goes on."""

    id: str
    prompt: str
    error: str
    kind: Literal["failed"] = "failed"


Record: TypeAlias = Judged | Failed
_LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Judged | Failed, Discriminator("kind")])


@dataclass(slots=True)
class Records:
    """The last record of each prompt, on disk too."""

    kept: dict[str, Record]
    _journal: Journal

    def add(self, record: Record) -> None:
        """Keep a record; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        self.kept[record.id] = record
        self._journal.add(_LINE.dump_json(record))

    def judged(self, name: str) -> bool:
        """Say whether a prompt is done with."""
        return isinstance(self.kept.get(name), Judged)


@contextmanager
def opened(path: Path, setup: Settings) -> Iterator[Records]:
    """Open a run's file, or begin it, and read what it holds.

    Raises:
        OutputRefused: it cannot be used; see `training.journal.journal`.
    """
    with journal(path, setup) as file:
        records = Records({}, file)
        for place, line in enumerate(file.lines):
            try:
                record = _LINE.validate_json(line)
            except ValidationError:
                raise file.stranger(place) from None
            records.kept[record.id] = record
        yield records
