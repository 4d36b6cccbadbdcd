"""Further models of a service: what each has of its own, and the one that comes along."""

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.presets import Preset
from engines.base import DEFAULT
from engines.build import EngineConfig
from engines.llamacpp import LlamaCppConfig
from engines.pauses import MOST
from scorers.build import ConfidenceConfig, VoteConfig
from scorers.hidden_states import HiddenStatesConfig
from scorers.order import in_order
from scorers.registry import AnyScorer
from weights import REASONER, REASONER_POLICY, VERIFIER

POLICY = "the file of the policy that `auto` chooses by; null is the one that comes along, if any"
STEP_END = "text that ends a step, where the strategy does not say; null leaves it to that"

PAUSES = (
    "pauses the model was taught with, which a request gets that says nothing of them; 0 if it was "
    "taught none, and null if that is not known"
)

PauseTokens: TypeAlias = Annotated[int, Field(ge=0, le=MOST)]
StepEnd: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
ModelName: TypeAlias = Annotated[str, Field(pattern=r"^[\w./-]+$")]
"""What a model is asked for by. What is behind a colon is an alias."""


class ModelConfig(BaseModel):
    """A further model of a service; what is not given is the service's.

    Its scorers are opened with its own engine, and judge nobody else's solutions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str | EngineConfig = Field(
        default=DEFAULT, description="what draws: an engine of its own, or the name of one"
    )
    scorers: dict[str, AnyScorer] | None = Field(default=None, description="what judges, by name")
    scorer: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, description="the scorer of a request that names none, and the fallbacks"
    )
    default: Preset | None = Field(
        default=None, description="how a request is answered that says nothing of it"
    )
    policy: Path | None = Field(default=None, description=POLICY)
    step_end: StepEnd | None = Field(default=None, description=STEP_END)
    max_answer_tokens: int | None = Field(
        default=None, ge=1, description="the cap on an answer when the request has none"
    )
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="of the samples when the request has none"
    )
    pause_tokens: PauseTokens | None = Field(default=None, description=PAUSES)

    @field_validator("scorers")
    @classmethod
    def _in_some_order(cls, scorers: dict[str, AnyScorer] | None) -> dict[str, AnyScorer] | None:
        check_scorers(scorers or {})
        return scorers


def reasoner() -> ModelConfig:
    """Return how the laboratory's reasoner is served that comes along, with its verifier."""
    prm = HiddenStatesConfig(model=VERIFIER.model, head=VERIFIER.head, longest=320)
    return ModelConfig(
        engine=LlamaCppConfig(model=REASONER, context=8192),
        scorers={"prm": prm, "confidence": ConfidenceConfig(), "vote": VoteConfig()},
        scorer=("prm", "confidence", "vote"),
        step_end="\n",
        max_answer_tokens=200,
        temperature=1.0,
        policy=REASONER_POLICY,
        # It has the token, and learnt nothing of it.
        pause_tokens=0,
    )


def check_scorers(scorers: dict[str, AnyScorer]) -> None:
    """Check scorers by name, of a model or of the service.

    Raises:
        ValueError: a name is taken, or one needs a scorer that is not there, or itself.
    """
    if DEFAULT in scorers:
        raise ValueError(f"`{DEFAULT}` is the name of the whole chain of `scorer`")
    in_order(scorers)
