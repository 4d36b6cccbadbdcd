"""The file of a run that is over, read and not written to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evaluation.fingerprint import Setup
from evaluation.records import LINE, Answered, Record
from evaluation.selection import Drawn
from training.journal import Heading

_HEADING = TypeAdapter(Heading)
_SETUP = TypeAdapter(Setup)


class RunFileError(Exception):
    """The file `path` is not one of a run, or lacks what is asked of it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path


@dataclass(frozen=True, slots=True)
class RunFile:
    """How a run asked, and its last record of each question."""

    path: Path
    setup: Setup
    records: Mapping[str, Record]

    @property
    def answered(self) -> dict[str, Answered]:
        """The questions that were answered."""
        return {i: record for i, record in self.records.items() if isinstance(record, Answered)}

    def drawn(self) -> list[Sequence[Drawn]]:
        """Return the solutions of each question; none of one whose search failed.

        Raises:
            RunFileError: a run before solutions were recorded.
        """
        old = [r for r in self.answered.values() if r.solutions and not r.drawn]
        if old:
            raise RunFileError(
                self.path,
                f"{len(old)} questions were recorded without their solutions; "
                "ask them again with another --out",
            )
        return [r.drawn if isinstance(r, Answered) else () for r in self.records.values()]


def read(path: Path) -> RunFile:
    """Read a run's file; half a line at its end, of a run that was killed, is left out.

    Raises:
        RunFileError: it cannot be read, is something else, or has no record.
    """
    try:
        first, *lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise RunFileError(path, f"cannot be read: {reason}") from error
    records: dict[str, Record] = {}
    for place, line in enumerate(lines[:-1], 2):
        try:
            record = LINE.validate_json(line)
        except ValidationError as error:
            raise RunFileError(path, f"line {place} is not one of a run's file") from error
        records[record.id] = record
    setup = _setup(path, first)
    if not records:
        raise RunFileError(path, "holds no answers")
    return RunFile(path, setup, records)


def _setup(path: Path, line: str) -> Setup:
    try:
        return _SETUP.validate_python(_HEADING.validate_json(line)["setup"])
    except ValidationError as error:
        raise RunFileError(path, "line 1 is not one of a run's file") from error
