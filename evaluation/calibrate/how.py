"""How the questions of a calibration are asked: what its pools and its live searches share."""

from dataclasses import dataclass, replace
from pathlib import Path

from engines.base import Sampling
from engines.pauses import pauses_of
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.fingerprint import PLACE
from search import Models
from training.writing import OutputRefused


@dataclass(frozen=True, slots=True)
class How:
    """What every question is asked with.

    Attributes:
        models: who draws, who judges and who grades.
        sampling: how samples are drawn; its `max_tokens` caps each whole answer.
        folder: where records are kept; `None` keeps none.
        seed: varies the samples, and deals the pools.
        concurrency: searches at once.
        prompt: the message sent, with `{question}` where the question goes.
        step_end: what ends a step of the model's, where a strategy does not say it.
    """

    models: Models
    sampling: Sampling
    folder: Path | None = None
    seed: int = 0
    concurrency: int = 4
    prompt: str = PLACE
    step_end: str | None = None

    def __post_init__(self) -> None:
        if self.sampling.temperature == 0:
            raise CannotCalibrate(
                "at temperature 0 all samples are one: there is nothing to choose"
            )
        first = self.models.scorers[0]
        if first.relative:
            raise CannotCalibrate(
                f"the scores of {first.name} depend on who is judged together, and what a pool was "
                "given is not what a few of it would be: choose another scorer"
            )

    @property
    def pauses(self) -> int:
        """How many pauses are behind the prompt of every sample."""
        return len(self.sampling.pauses)

    def paused(self, m: int) -> "How":
        """Return the same with `m` pauses.

        Raises:
            Unsupported: the model has no token for them.
        """
        pauses = pauses_of(m, self.models.engine.capabilities)
        return replace(self, sampling=replace(self.sampling, pauses=pauses))

    def file(self, name: str) -> Path | None:
        """Return the path of one of the files of records.

        Raises:
            OutputRefused: there is no folder, and none can be made.
        """
        if self.folder is None:
            return None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputRefused(self.folder, f"cannot be made: {error.strerror}") from error
        return self.folder / name
