"""The arguments of `fathom recycle`, and what they mean for a service that is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import JsonValue

from app.commands.named import engine_named
from app.service import Service
from engines.base import Sampling
from training.pairs import read_pairs
from training.recycle.output import Folder
from training.recycle.prompts import VERSION
from training.recycle.reflection import Teacher
from training.recycle.samples import Data, of_pairs
from training.recycle.searched import Searched, baseline
from training.recycle.student import Student, reading
from training.recycle.templates import GUESS, Template
from training.traces import read_searches


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments; see the flags."""

    file: Path | None
    traces: Sequence[Path]
    teacher: str | None
    student: str | None
    template: Template
    sampling: Sampling
    seed: int
    limit: int | None
    tops: Sequence[float]
    concurrency: int
    folder: Folder

    def check(self) -> None:
        """Refuse arguments that do not go together.

        Raises:
            BadParameter: they do not.
        """
        if self.traces and self.teacher is not None:
            raise typer.BadParameter("--teacher has no part with --from-traces: searches answered")
        if not self.traces and self.file is None:
            raise typer.BadParameter("give a file of pairs, or --from-traces")
        if not self.traces and self.teacher is None:
            raise typer.BadParameter("--teacher is needed: who reflects on the pairs")

    def data(self) -> tuple[Data, dict[str, int]]:
        """Return what is recycled, and how many searches give nothing, by why.

        Raises:
            PairError, NotATrace: it cannot be read.
        """
        if not self.traces:
            assert self.file is not None
            return of_pairs(self.file, self.limit), {}
        known = None if self.file is None else baseline(read_pairs(self.file))
        searched = Searched(lambda: read_searches(self.traces), known)
        data = Data.of(searched.read, self.limit)
        # As of this reading: later ones may end before the last search.
        return data, dict(searched.left_out)

    def teaching(self, service: Service) -> Teacher | None:
        """Return the teacher, if one is needed."""
        if self.teacher is None:
            return None
        return Teacher(engine_named(service, self.teacher), self.sampling, self.seed)

    def learning(self, service: Service) -> Student:
        """Return the student.

        Raises:
            Unsupported: its engine tells no log-probabilities.
        """
        return Student(reading(engine_named(service, self.student)), self.template)

    def setup(self, data: Data, teacher: Teacher | None, student: Student) -> dict[str, JsonValue]:
        """Return all that the result depends on."""
        told: dict[str, JsonValue] = {
            "data": data.fingerprint,
            "student": student.engine.capabilities.model,
            "template": self.template,
            "student_max_tokens": student.longest,
            "guess": GUESS,
            "prompts": VERSION,
            "teacher": None,
        }
        if teacher is None:
            return told
        return told | {
            "teacher": teacher.engine.capabilities.model,
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
            "seed": self.seed,
        }
