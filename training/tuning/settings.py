"""What every tuning of a language model is told. Knows no torch."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Beta: TypeAlias = Annotated[float, Field(ge=0, lt=1)]


class TuneConfig(BaseModel):
    """How a language model is tuned.

    Defaults are of arXiv:2402.10110, appendix D: 128 samples in a batch, three passes at 2e-5, no
    decay of weights, 2,048 tokens at the most. Its Adam is AdamW here, the same where nothing
    decays. `validation`, and what it does not say, are ours.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(default=3, ge=1, description="passes over the data")
    batch: int = Field(default=128, ge=1, description="samples that a step learns from")
    micro_tokens: int = Field(
        default=2048,
        ge=1,
        description="of them computed at once, padding included; one sample at the least",
    )
    learning_rate: float = Field(default=2e-5, gt=0, description="AdamW's, at its highest")
    warmup: float = Field(
        default=0.03, ge=0, lt=1, description="share of the steps in which it rises from 0"
    )
    decay: Literal["cosine", "linear"] = Field(
        default="cosine", description="how it falls to 0 afterwards"
    )
    weight_decay: float = Field(default=0.0, ge=0, description="AdamW's")
    betas: tuple[Beta, Beta] = Field(default=(0.9, 0.999), description="AdamW's")
    seed: int = Field(default=0, description="of the order and of what is held out")
    validation: float = Field(
        default=0.05, ge=0, le=0.5, description="share of the instructions that is held out"
    )
    max_tokens: int = Field(default=2048, ge=2, description="longer samples are left out")
    checkpoint_every: int = Field(default=50, ge=1, description="steps between two checkpoints")
    device: str = Field(default="auto", description="`cpu`, `cuda`, ...; a GPU if there is one")
    gguf: bool = Field(
        default=False, description="also write `model.gguf`, for the embedded engine, in float16"
    )


ELSEWHERE = {"device", "checkpoint_every", "gguf"}
"""Settings that the result does not depend on."""
