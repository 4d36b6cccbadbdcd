"""What pause training is told, of each of its stages. Knows no torch."""

from typing import Literal, Self

from pydantic import Field, model_validator

from engines.pauses import MOST
from training.pause.rows import SHARE
from training.tuning.settings import TuneConfig


class PretrainConfig(TuneConfig):
    """How a model is pre-trained with pauses among its text; arXiv:2310.02226, section 4.1.

    Of the paper are a share of a tenth, rows of 2,048 tokens and about one pass.
    """

    stage: Literal["pretrain"] = Field(default="pretrain", description="pauses among text")
    share: float = Field(
        default=SHARE, ge=0, le=0.5, description="pauses inserted per token of a row, rounded down"
    )
    length: int = Field(
        default=2048, ge=8, description="tokens of a row that texts are packed into"
    )
    epochs: int = Field(default=1, ge=1, description="passes over the data, each paused elsewhere")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if "max_tokens" in self.model_fields_set:
            raise ValueError("`max_tokens` is of samples: rows of text have a `length`")
        return self


class FinetuneConfig(TuneConfig):
    """How a model is fine-tuned with pauses before its answers; arXiv:2310.02226, section 4.2.

    The paper chooses 10 or 50 pauses by task.
    """

    stage: Literal["finetune"] = Field(default="finetune", description="pauses before responses")
    pauses: int = Field(
        default=10, ge=0, le=MOST, description="M: between every prompt and its response"
    )


STAGES: dict[str, type[PretrainConfig] | type[FinetuneConfig]] = {
    "pretrain": PretrainConfig,
    "finetune": FinetuneConfig,
}
"""The settings of each stage, by its name."""
