"""What a training is told: the same from flags, from a file and from code. Knows no torch."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scorers.base import Aggregation
from scorers.families import FAMILIES, FamilyName
from scorers.readout import Columns

Kind: TypeAlias = Literal["prm", "orm"]
Beta: TypeAlias = Annotated[float, Field(ge=0, lt=1)]

_WRONG_OR_RIGHT = 2
_WITH_NEUTRAL = ("wrong", "neutral", "right")
_EPOCHS: dict[Kind, int] = {"prm": 2, "orm": 1}


class TrainConfig(BaseModel):
    """How a verifier is trained.

    Defaults are of arXiv:2305.20050, appendices E and F, and of arXiv:2408.03314, appendix D,
    where they say. Their batch of 128 solutions is a number of tokens here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(default="prm", description="a judge of steps, or of whole solutions")
    family: FamilyName = Field(
        default="lines", description="how solutions are written for it; see the scorers' families"
    )
    split: str | None = Field(
        default=None,
        min_length=1,
        description="where a step is two steps to it; the family's if not given, of `lines` a "
        "line break",
    )
    classes: Literal[2, 3] = Field(
        default=2, description="of a step: wrong and right, or also neutral"
    )
    neutral: Literal["positive", "negative"] = Field(
        default="positive", description="what a neutral step counts as, in training or in reading"
    )
    freeze: int = Field(
        default=0, ge=0, description="the lowest layers that stay; the embeddings do too, if any"
    )
    epochs: int | None = Field(
        default=None, ge=1, description="passes over the data; 2 for a PRM, 1 for an ORM"
    )
    batch_tokens: int = Field(
        default=16_384, ge=1, description="of a batch, padding included; one solution at the least"
    )
    learning_rate: float = Field(default=3e-5, gt=0, description="at its highest")
    warmup: float = Field(
        default=0.03, ge=0, lt=1, description="share of the steps in which it rises from 0"
    )
    decay: Literal["cosine", "linear"] = Field(
        default="cosine", description="how it falls to 0 afterwards"
    )
    weight_decay: float = Field(default=0.01, ge=0, description="AdamW's")
    betas: tuple[Beta, Beta] = Field(default=(0.9, 0.95), description="AdamW's")
    dropout: float = Field(
        default=0.05, ge=0, lt=1, description="share of what the head reads that is left out"
    )
    seed: int = Field(default=0, description="of the head, the order and the held-out questions")
    validation: float = Field(
        default=0.1, ge=0, le=0.5, description="share of the questions that are held out"
    )
    checks: int = Field(default=4, ge=1, description="of the held-out loss, in an epoch")
    patience: int = Field(
        default=3, ge=1, description="checks in a row that are no better, and training ends"
    )
    max_tokens: int = Field(default=2048, ge=1, description="longer solutions are left out")
    checkpoint_every: int = Field(default=100, ge=1, description="steps between two checkpoints")
    device: str = Field(default="auto", description="`cpu`, `cuda`, ...; a GPU if there is one")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        family = FAMILIES[self.family]
        if family.readout != "classes" or family.positive != 1:
            raise ValueError(f"`family`: {self.family} does not rate tokens as wrong and right")
        if self.kind == "orm" and self.model_fields_set & {"classes", "neutral"}:
            raise ValueError("`classes` and `neutral` are of steps: an ORM has none")
        return self

    @property
    def passes(self) -> int:
        """Passes over the data."""
        return self.epochs or _EPOCHS[self.kind]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the columns of its rows say."""
        return ("wrong", "right") if self.classes == _WRONG_OR_RIGHT else _WITH_NEUTRAL

    @property
    def has_neutral(self) -> bool:
        """Whether neutral is a class of its own."""
        return "neutral" in self.labels

    @property
    def positive(self) -> Columns:
        """The columns of its rows that say "right"."""
        if not self.has_neutral:
            return 1
        return frozenset((1, 2)) if self.neutral == "positive" else 2

    @property
    def aggregation(self) -> Aggregation:
        """How its rewards become a score: an outcome's is the last token's."""
        return "last" if self.kind == "orm" else FAMILIES[self.family].aggregation
