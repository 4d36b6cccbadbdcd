"""What turns scores into chances, and the file it is kept in.

Knows how a curve is applied, which takes no more than arithmetic. `evaluation.calibration` fits it.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    ValidationError,
    field_validator,
)

LEAST = 1e-6
"""Scores this near to 0 or 1 are taken for no nearer: they would stay there, however wrong."""

Level: TypeAlias = Literal["solution", "step"]
"""What a curve was fitted to: scores of solutions, or rewards of steps."""

Chance: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Platt(_Part):
    """P(right) = 1 / (1 + exp(-(slope * log(score / (1 - score)) + intercept))).

    Slope 1 and intercept 0 leave scores as they are. Different scores stay different.

    Source: Platt 1999, "Probabilistic outputs for support vector machines", section 2.1.
    """

    kind: Literal["platt"] = "platt"
    slope: FiniteFloat = Field(gt=0, description="below 1: scores are too sure; above: not enough")
    intercept: FiniteFloat = Field(description="below 0: scores are too high; above: too low")

    def chance(self, score: float) -> float:
        """Return P(right) in [0, 1] of a score in [0, 1]; a higher one's is no lower."""
        odds = self.slope * logit(score) + self.intercept
        return 1 / (1 + exp(-odds)) if odds >= 0 else (small := exp(odds)) / (1 + small)


class Isotonic(_Part):
    """A straight line from each knot to the next, level before the first and after the last.

    Scores between two knots of the same chance are no longer told apart.

    Source: Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass
    probability estimates", section 3.
    """

    kind: Literal["isotonic"] = "isotonic"
    knots: tuple[tuple[Chance, Chance], ...] = Field(
        min_length=2, description="pairs of a score and its P(right), both rising"
    )

    @field_validator("knots")
    @classmethod
    def _rising(cls, knots: tuple[tuple[Chance, Chance], ...]) -> tuple[tuple[Chance, Chance], ...]:
        scores, chances = zip(*knots, strict=True)
        if any(after <= before for before, after in pairwise(scores)):
            raise ValueError("the scores of the knots do not rise from each to the next")
        if any(after < before for before, after in pairwise(chances)) or chances[0] == chances[-1]:
            raise ValueError("the chances of the knots do not rise")
        return knots

    def chance(self, score: float) -> float:
        """Return P(right) in [0, 1] of a score in [0, 1]; a higher one's is no lower."""
        after = bisect_right(self.knots, score, key=lambda knot: knot[0])
        if after in (0, len(self.knots)):
            return self.knots[min(after, len(self.knots) - 1)][1]
        (left, low), (right, high) = self.knots[after - 1 : after + 1]
        return min(high, low + (high - low) * ((score - left) / (right - left)))


Curve: TypeAlias = Platt | Isotonic


class CalibrationError(ValueError):
    """A calibration cannot be made, or its file cannot be used; says why."""


class Calibration(_Part):
    """A curve, and for people to read what it was fitted to and what it does."""

    curve: Curve = Field(discriminator="kind")
    level: Level
    fitted_on: Mapping[str, JsonValue] = Field(default={}, description="the data, and how")
    measures: Mapping[str, JsonValue] = Field(
        default={}, description="of scores before, and after by curves fitted to other questions"
    )

    @classmethod
    def read(cls, path: Path) -> "Calibration":
        """Read a file.

        Raises:
            CalibrationError: it is not there, or is no calibration.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise CalibrationError(f"{path} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            what = first["msg"].removeprefix("Value error, ")
            raise CalibrationError(
                f"{path} is no calibration: {f'{where}: {what}' if where else what}"
            ) from error

    def write(self, path: Path) -> None:
        """Write a file, over what is there.

        Raises:
            CalibrationError: it cannot be written.
        """
        try:
            path.write_text(f"{self.model_dump_json(indent=2)}\n", encoding="utf-8")
        except OSError as error:
            raise CalibrationError(f"{path} cannot be written: {error.strerror}") from error


def logit(score: float) -> float:
    """Return log(score / (1 - score)), of scores kept `LEAST` away from 0 and 1."""
    kept = min(1 - LEAST, max(LEAST, score))
    return log(kept / (1 - kept))
