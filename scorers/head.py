"""A head: the small part of a reward model that turns one hidden state into P(right).

Read from a file beside the model it was trained on. Plain arithmetic, so that serving needs no
library of tensors: 576 numbers through 32 units take half a millisecond.
"""

from itertools import pairwise
from math import erf, sqrt, tanh
from operator import mul
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from engines.states import Vector
from scorers.answers import Pattern
from scorers.base import Aggregation, ScorerUnavailable
from scorers.families import FAMILIES, FamilyName
from scorers.layout import Layout
from scorers.readout import logistic

Activation: TypeAlias = Literal["relu", "gelu", "tanh"]
Row: TypeAlias = Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(_Part):
    """weights x + bias."""

    weights: tuple[Row, ...] = Field(min_length=1, description="(out, in)")
    bias: Row = Field(description="(out,)")

    @property
    def width(self) -> int:
        """How many numbers go in."""
        return len(self.weights[0])

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if len(self.bias) != len(self.weights):
            raise ValueError(f"{len(self.weights)} rows of weights have {len(self.bias)} biases")
        if len({len(row) for row in self.weights}) > 1:
            raise ValueError("rows of weights differ in length")
        return self

    def apply(self, vector: Vector) -> list[float]:
        """Return (out,) numbers from (in,)."""
        rows = zip(self.weights, self.bias, strict=True)
        return [sum(map(mul, row, vector)) + bias for row, bias in rows]


class Platt(_Part):
    """How logits become frequencies: P = logistic(scale * logit + shift), fitted held-out."""

    scale: float = Field(gt=0)
    shift: FiniteFloat


class Known(_Part):
    """A solution of two steps or more, with which a scorer tries itself at the start."""

    question: str = Field(min_length=1)
    steps: tuple[str, ...] = Field(min_length=2)
    rewards: tuple[Annotated[float, Field(ge=0, le=1)], ...] | None = Field(
        default=None, description="(S,) what the head gave when it was made; not compared if null"
    )


SUM = Known(question="What is 2 + 3?", steps=("2 + 3 = 5.\n\n", "The answer is 5."))
"""What most models can judge."""


class Provenance(_Part):
    """Where a head is from: for people."""

    command: str = Field(description="what trained it")
    data: str = Field(description="what it was trained on")
    auc: float | None = Field(default=None, ge=0, le=1, description="within-question, held out")
    calibration_error: float | None = Field(default=None, ge=0, le=1, description="held out")
    base: str | None = Field(default=None, description="the model whose states it reads")
    worth: str | None = Field(default=None, description="how well it chooses, beside what is free")


class Head(_Part):
    """What a file holds.

    `layout` says what the model reads: `turn` is its own turn of chat, token by token as drawn,
    and the state behind each step's last token is judged; else it is text with a separator behind
    each step, whose state is judged.
    """

    kind: Literal["linear", "mlp"]
    layers: tuple[Layer, ...] = Field(min_length=1)
    activation: Activation = Field(default="gelu", description="between the layers of an mlp")
    layout: Literal["turn"] | FamilyName | Layout = "turn"
    aggregation: Aggregation = "product"
    fewest_tokens: int = Field(
        default=0, ge=0, description="solutions of fewer tokens are abstained on"
    )
    domain: Pattern | None = Field(
        default=None, description="RE2 of the questions it was trained for; of others it abstains"
    )
    calibration: Platt | None = None
    known: Known = SUM
    provenance: Provenance

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (len(self.layers) == 1) != (self.kind == "linear"):
            raise ValueError(f"a head of kind {self.kind} does not have {len(self.layers)} layers")
        outs = [len(layer.bias) for layer in self.layers]
        ins = [layer.width for layer in self.layers]
        if any(out != width for (out, _), (_, width) in pairwise(zip(outs, ins, strict=True))):
            raise ValueError("a layer does not take what the one before it gives")
        if outs[-1] != 1:
            raise ValueError(f"the last layer gives {outs[-1]} numbers; it must be one logit")
        return self

    @property
    def width(self) -> int:
        """The numbers of a hidden state it reads."""
        return self.layers[0].width

    @property
    def written(self) -> Layout | None:
        """How solutions are written for the model; `None` where it reads its own turn."""
        if self.layout == "turn":
            return None
        return self.layout if isinstance(self.layout, Layout) else FAMILIES[self.layout].layout

    def probability(self, state: Vector) -> float:
        """Return P(right) of a step by the (d,) hidden state at its end."""
        *inner, last = self.layers
        vector = state
        for layer in inner:
            vector = [_ACTIVATIONS[self.activation](x) for x in layer.apply(vector)]
        [logit] = last.apply(vector)
        if self.calibration:
            logit = self.calibration.scale * logit + self.calibration.shift
        return logistic(logit)


def read_head(path: Path) -> Head:
    """Read a head from its file.

    Raises:
        ScorerUnavailable: it is not there, or no head.
    """
    try:
        return Head.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ScorerUnavailable(f"there is no head {path}: {error.strerror}") from error
    except ValidationError as error:
        # The deepest: of a choice of shapes, the one that was meant.
        fault = max(error.errors(include_url=False), key=lambda fault: len(fault["loc"]))
        where = ".".join(map(str, fault["loc"])) or "its JSON"
        raise ScorerUnavailable(f"{path} is no head: {where}: {fault['msg']}") from error


def _relu(x: float) -> float:
    return max(0.0, x)


def _gelu(x: float) -> float:
    return x / 2 * (1 + erf(x / sqrt(2)))


_ACTIVATIONS = {"relu": _relu, "gelu": _gelu, "tanh": tanh}
