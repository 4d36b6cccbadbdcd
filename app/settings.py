"""How a service is set up: one frozen object, read once where the process starts.

Values come, first found first taken, from arguments, from `FATHOM_*` in the environment (with
`__` for nesting: `FATHOM_ENGINE__URL`), and from the YAML file that `FATHOM_CONFIG` names.
"""

from functools import cached_property
from math import inf
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from typing_extensions import override

from engines.base import DEFAULT
from engines.build import EngineConfig
from engines.llamacpp import LlamaCppConfig
from scorers.breaker import BreakerConfig
from scorers.build import ConfidenceConfig, VoteConfig
from scorers.judge import JudgeConfig
from scorers.order import in_order
from scorers.registry import AnyScorer
from search import Budget
from search.registry import KINDS, AnyStrategy
from search.strategies import BestOfN, OneSample

Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class BudgetOptions(BaseModel):
    """The most one search may spend; what is absent is not limited."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int | None = Field(
        default=None, ge=1, description="completion tokens, of generator and verifiers"
    )
    seconds: float | None = Field(default=None, gt=0, description="wall-clock time")
    flops: float | None = Field(
        default=None, gt=0, description="2 per weight and token, of generator and verifiers"
    )
    calls: int | None = Field(default=None, ge=1, description="requests to model servers")
    cost: float | None = Field(
        default=None, gt=0, description="money, by the prices in the configuration"
    )

    def budget(self) -> Budget:
        """Return the limits in the search's words."""
        limits = {name: limit or inf for name, limit in self.model_dump().items()}
        return Budget(**limits)


class Preset(BaseModel):
    """A way to search under a name: what an effort, or a model's alias, stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: AnyStrategy
    budget: BudgetOptions = BudgetOptions()


_EFFORTS: dict[Effort, Preset] = {
    "none": Preset(strategy=OneSample()),
    "minimal": Preset(strategy=BestOfN(n=2), budget=BudgetOptions(tokens=2_000)),
    "low": Preset(strategy=BestOfN(n=4), budget=BudgetOptions(tokens=4_000)),
    "medium": Preset(strategy=BestOfN(n=8), budget=BudgetOptions(tokens=8_000)),
    "high": Preset(strategy=BestOfN(n=16), budget=BudgetOptions(tokens=16_000)),
    "xhigh": Preset(strategy=BestOfN(n=32), budget=BudgetOptions(tokens=32_000)),
    "max": Preset(strategy=BestOfN(n=64), budget=BudgetOptions(tokens=64_000)),
}
_SCORERS: dict[str, AnyScorer] = {
    "confidence": ConfidenceConfig(),
    "vote": VoteConfig(),
    "judge": JudgeConfig(),
}


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="FATHOM_", env_nested_delimiter="__"
    )

    config: Path | None = Field(default=None, description="a YAML file with any of these settings")
    host: str = Field(default="127.0.0.1", description="the address to listen at")
    port: int = Field(default=8000, ge=0, le=65535, description="0 for any that is free")
    engine: EngineConfig = Field(default=LlamaCppConfig(), description="what draws")
    engines: dict[str, EngineConfig] = Field(
        default={}, description="further ones by name, for strategies that draw from several"
    )
    scorers: dict[str, AnyScorer] = Field(default=_SCORERS, description="what judges, by name")
    scorer: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        default=("confidence", "vote"),
        description="the scorer of a request that names none, and the fallbacks after it",
    )
    breaker: BreakerConfig = Field(
        default=BreakerConfig(), description="when a scorer whose server fails is left alone"
    )
    default: Preset = Field(
        default=_EFFORTS["low"], description="how a request is answered that says nothing of it"
    )
    efforts: dict[Effort, Preset] = Field(
        default=_EFFORTS, description="what each `reasoning_effort` stands for"
    )
    aliases: dict[str, Preset] = Field(
        default={}, description="names after a colon in `model`, and what they stand for"
    )
    max_answer_tokens: int = Field(
        default=1024, ge=1, description="the cap on an answer when the request has none"
    )
    temperature: float = Field(
        default=0.8, ge=0, le=2, description="of the samples when the request has none"
    )

    @cached_property
    def presets(self) -> dict[str, Preset]:
        """What may follow the colon in a model's name: strategies, efforts, own aliases."""
        kinds = {kind: Preset.model_validate({"strategy": {"kind": kind}}) for kind in KINDS}
        return kinds | dict(self.efforts) | self.aliases

    @field_validator("efforts")
    @classmethod
    def _every_effort(cls, efforts: dict[Effort, Preset]) -> dict[Effort, Preset]:
        return _EFFORTS | efforts

    @field_validator("engines")
    @classmethod
    def _one_default(cls, engines: dict[str, EngineConfig]) -> dict[str, EngineConfig]:
        if DEFAULT in engines:
            raise ValueError(f"`{DEFAULT}` is the name of `engine` itself")
        return engines

    @field_validator("scorers")
    @classmethod
    def _in_some_order(cls, scorers: dict[str, AnyScorer]) -> dict[str, AnyScorer]:
        in_order(scorers)
        return scorers

    @model_validator(mode="after")
    def _scorers_exist(self) -> Self:
        unknown = [name for name in self.scorer if name not in self.scorers]
        if unknown:
            raise ValueError(f"scorer {unknown[0]} is not among {', '.join(self.scorers)}")
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the YAML file that is named, if one is, after arguments and environment."""
        named = init_settings().get("config") or env_settings().get("config")
        if named is None:
            return init_settings, env_settings
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, Path(named))
