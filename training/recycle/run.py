"""Recycle many samples, each by itself, and go on where a run was stopped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from engines.errors import EngineError, Unsupported
from engines.tasks import collect
from training.pairs import Pair
from training.recycle.path import STAGES, Outcome, Want, follow
from training.recycle.records import Done, Failed, Record, Records, Scored, Told
from training.recycle.reflection import Teacher
from training.recycle.samples import Data, Sample
from training.recycle.scores import Scores

Listener: TypeAlias = Callable[[Sample, Outcome | Failed], None]
"""Told what became of each sample, also of those that were done before; must not block."""


class Scorer(Protocol):
    """What scores pairs for a student: see `student.Student`."""

    async def score(self, pairs: Sequence[Pair], *, request_id: str) -> list[Scores]:
        """Score (N,) pairs."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """The work of a run; without a teacher, of samples whose better response is known."""

    teacher: Teacher | None
    student: Scorer
    records: Records

    async def work(self, data: Data, *, concurrency: int, progress: Listener) -> None:
        """Do all that is not done yet; the records then hold what came of it.

        A step that fails is recorded, and its sample left as it is: a run that goes on does it.

        Raises:
            Unsupported: teacher or student cannot do it at all, for whatever sample.
            OutputRefused: a record could not be written.
        """
        samples = data.read()
        await collect(self._next(samples, progress) for _ in range(concurrency))

    async def _next(self, samples: Iterator[Sample], progress: Listener) -> None:
        """Work on samples that nobody works on yet, until there are none."""
        for sample in samples:
            progress(sample, await self._sample(sample))

    async def _sample(self, sample: Sample) -> Outcome | Failed:
        done = partial(self.records.done, sample.id)
        while isinstance(now := follow(sample, done), Want):
            record = await self._tried(sample, now)
            self.records.add(record)
            if isinstance(record, Failed):
                return record
        return now

    async def _tried(self, sample: Sample, want: Want) -> Record:
        try:
            return await self._do(sample, want)
        except Unsupported:
            raise
        except EngineError as error:
            return Failed(sample.id, want.step, f"{type(error).__name__}: {error}")

    async def _do(self, sample: Sample, want: Want) -> Done:
        name = f"{sample.id}.{want.step.replace(' ', '.')}"
        if want.step in STAGES:
            assert self.teacher is not None
            stage = STAGES[want.step]
            return Told(
                sample.id,
                want.step,
                await self.teacher.reflect(stage, want.pair, request_id=name),
            )
        [scores] = await self.student.score([want.pair], request_id=name)
        return Scored.of(sample.id, want.step, scores)
