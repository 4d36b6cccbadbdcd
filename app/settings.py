"""How a service is set up: one frozen object, read once where the process starts.

Values come, first found first taken, from arguments, from `FATHOM_*` in the environment (with
`__` for nesting: `FATHOM_ENGINE__URL`), and from the YAML file that `FATHOM_CONFIG` names.
"""

from collections.abc import Collection, Sequence
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
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
from scorers.ensemble import EnsembleConfig
from scorers.hidden_states import HiddenStatesConfig
from scorers.judge import JudgeConfig
from scorers.order import in_order
from scorers.registry import AnyScorer
from search import Budget
from search.registry import KINDS, AnyStrategy
from search.strategies import BestOfN, OneSample
from weights import HEAD, REASONER, VERIFIER

SERVICE_NAME = "fathom"
"""The first model's name for clients that need not know which model it is."""

_POLICY = "the file of the policy that `auto` chooses by; null is the one that comes along, if any"
_STEP_END = "text that ends a step, where the strategy does not say; null leaves it to that"

StepEnd: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
ModelName: TypeAlias = Annotated[str, Field(pattern=r"^[\w./-]+$")]
"""What a model is asked for by. What is behind a colon is an alias."""
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


_OWN: dict[str, AnyScorer] = {
    "verifier": EnsembleConfig(members=("head", "confidence")),
    "head": HiddenStatesConfig(head=HEAD),
}
"""For the model that comes along, on whose own states the head was trained."""


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
    policy: Path | None = Field(default=None, description=_POLICY)
    step_end: StepEnd | None = Field(default=None, description=_STEP_END)
    max_answer_tokens: int | None = Field(
        default=None, ge=1, description="the cap on an answer when the request has none"
    )
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="of the samples when the request has none"
    )

    @field_validator("scorers")
    @classmethod
    def _in_some_order(cls, scorers: dict[str, AnyScorer] | None) -> dict[str, AnyScorer] | None:
        _check_scorers(scorers or {})
        return scorers


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
    models: dict[ModelName, ModelConfig] | None = Field(
        default=None,
        description="further models by name; null is the laboratory's reasoner where `engine` is "
        "the embedded one with the model that comes along, and else none",
    )
    scorers: dict[str, AnyScorer] | None = Field(
        default=None,
        description="what judges, by name; null is what needs no server, see `judges`",
    )
    scorer: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="the scorer of a request that names none, and the fallbacks; see `chain`",
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
    policy: Path | None = Field(default=None, description=_POLICY)
    admin_key: SecretStr | None = Field(
        default=None, description="the key for what only administrators may do; none: nobody may"
    )
    step_end: StepEnd | None = Field(default=None, description=_STEP_END)
    max_answer_tokens: int = Field(
        default=1024, ge=1, description="the cap on an answer when the request has none"
    )
    temperature: float = Field(
        default=0.8, ge=0, le=2, description="of the samples when the request has none"
    )
    outcomes: Path | None = Field(default=None, description="an SQLite file to keep outcomes in")

    @cached_property
    def presets(self) -> dict[str, Preset]:
        """What may follow the colon in a model's name: strategies, efforts, own aliases."""
        kinds = {kind: Preset.model_validate({"strategy": {"kind": kind}}) for kind in KINDS}
        return kinds | dict(self.efforts) | self.aliases

    @cached_property
    def further(self) -> dict[str, ModelConfig]:
        """The models by name besides the service's own."""
        if self.models is not None:
            return self.models
        return {"lab-reasoner": _reasoner()} if self._comes_along else {}

    @property
    def judges(self) -> dict[str, AnyScorer]:
        """What judges, by name: what is set, or what every model has and what was made for this."""
        if self.scorers is not None:
            return self.scorers
        return _SCORERS | (_OWN if self._comes_along else {})

    @property
    def chain(self) -> tuple[str, ...]:
        """The scorer of a request that names none, or `default`, and the fallbacks after it."""
        if self.scorer is not None:
            return self.scorer
        return (*(_OWN if self.scorers is None and self._comes_along else ()), "confidence", "vote")

    @property
    def table(self) -> Path | None:
        """The file of the policy: what is set, or what was fitted to the model that comes along."""
        return self.policy

    @property
    def _comes_along(self) -> bool:
        """Whether the model is the one that comes along."""
        return isinstance(self.engine, LlamaCppConfig) and self.engine.model is None

    def of(self, model: ModelConfig) -> Self:
        """Return the settings with which one of the further models is served."""
        # A policy is of one model: another's is never taken over.
        own = {name: value for name, value in model if value is not None or name == "policy"}
        if isinstance(model.engine, str):
            own["engine"] = ({DEFAULT: self.engine} | self.engines)[model.engine]
        return self.model_copy(update=own)

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
    def _in_some_order(cls, scorers: dict[str, AnyScorer] | None) -> dict[str, AnyScorer] | None:
        _check_scorers(scorers or {})
        return scorers

    @model_validator(mode="after")
    def _scorers_exist(self) -> Self:
        _check_chain(self.chain, self.judges)
        return self

    @model_validator(mode="after")
    def _models_fit(self) -> Self:
        if SERVICE_NAME in (self.models or {}):
            raise ValueError(f"`{SERVICE_NAME}` is the name of the service's own model")
        for name, model in (self.models or {}).items():
            known = (DEFAULT, *self.engines)
            if isinstance(model.engine, str) and model.engine not in known:
                raise ValueError(
                    f"model {name}: engine {model.engine} is not among {', '.join(known)}"
                )
            served = self.of(model)
            _check_chain(served.chain, served.judges, f"model {name}: ")
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


def _check_scorers(scorers: dict[str, AnyScorer]) -> None:
    if DEFAULT in scorers:
        raise ValueError(f"`{DEFAULT}` is the name of the whole chain of `scorer`")
    in_order(scorers)


def _check_chain(chain: Sequence[str], scorers: Collection[str], whose: str = "") -> None:
    unknown = [name for name in chain if name not in scorers]
    if unknown:
        raise ValueError(f"{whose}scorer {unknown[0]} is not among {', '.join(scorers)}")


def _reasoner() -> ModelConfig:
    """Return how the laboratory's reasoner is served that comes along, with its verifier."""
    prm = HiddenStatesConfig(model=VERIFIER.model, head=VERIFIER.head, longest=320)
    return ModelConfig(
        engine=LlamaCppConfig(model=REASONER, context=8192),
        scorers={"prm": prm, "confidence": ConfidenceConfig(), "vote": VoteConfig()},
        scorer=("prm", "confidence", "vote"),
        step_end="\n",
        max_answer_tokens=200,
        temperature=1.0,
    )
