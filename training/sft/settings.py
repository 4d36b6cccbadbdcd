"""What a fine-tuning is told: the same from flags, from a file and from code. Knows no torch."""

from typing import Self

from pydantic import Field, model_validator

from training.tuning.settings import TuneConfig


class SftConfig(TuneConfig):
    """How a student is fine-tuned.

    Defaults are those of arXiv:2402.10110, appendix D, which tunes all weights.
    """

    lora: int | None = Field(
        default=None,
        ge=1,
        description="rank of the matrices that are learnt beside the weights; none, and all "
        "weights are learnt themselves",
    )
    lora_alpha: float | None = Field(
        default=None, gt=0, description="by what, over the rank, they count; twice the rank"
    )
    lora_targets: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="layers they stand beside, by name; all linear ones"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.lora is None and (self.lora_alpha is not None or self.lora_targets is not None):
            raise ValueError("`lora_alpha` and `lora_targets` are of LoRA: give `lora`, a rank")
        return self
