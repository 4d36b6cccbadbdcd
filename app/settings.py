"""How a service is set up: one frozen object, read once where the process starts.

Values come, first found first taken, from arguments, from `FATHOM_*` in the environment (with
`__` for nesting: `FATHOM_ENGINE__URL`), and from the YAML file that `FATHOM_CONFIG` names.
"""

import os
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from typing_extensions import override

from app.batches.config import FilesConfig
from app.idempotency.config import IdempotencyConfig
from app.jobs.config import JobsConfig
from app.keys.admission import AdmissionConfig
from app.keys.caps import Caps
from app.keys.limits import KeysWanted
from app.models import POLICY, STEP_END, ModelConfig, ModelName, StepEnd, check_scorers, reasoner
from app.presets import EFFORTS, Effort, Preset
from app.telemetry.config import TracingConfig
from app.traces.config import TracesConfig
from engines.base import DEFAULT
from engines.build import EngineConfig
from engines.llamacpp import LlamaCppConfig
from scorers.breaker import BreakerConfig
from scorers.build import ConfidenceConfig, VoteConfig
from scorers.ensemble import EnsembleConfig
from scorers.hidden_states import HiddenStatesConfig
from scorers.judge import JudgeConfig
from scorers.programs.sandbox import OwnSandboxConfig, SandboxConfig
from scorers.programs.unit_tests import UnitTestsConfig
from scorers.registry import AnyScorer
from search.registry import KINDS
from weights import HEAD
from weights import POLICY as OWN_POLICY

SERVICE_NAME = "fathom"
"""The first model's name for clients that need not know which model it is."""


def _own_database() -> str:
    """Return the file in the folder where programs of this user keep their state."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return str(Path(state) / SERVICE_NAME / "fathom.db")


_SCORERS: dict[str, AnyScorer] = {
    "confidence": ConfidenceConfig(),
    "vote": VoteConfig(),
    "judge": JudgeConfig(),
    "unit_tests": UnitTestsConfig(),
}
_OWN: dict[str, AnyScorer] = {
    "verifier": EnsembleConfig(members=("head", "confidence")),
    "head": HiddenStatesConfig(head=HEAD),
}
"""For the model that comes along, on whose own states the head was trained."""


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="FATHOM_", env_nested_delimiter="__"
    )

    config: Path | None = Field(default=None, description="a YAML file with any of these settings")
    host: str = Field(default="127.0.0.1", description="the address to listen at")
    port: int = Field(default=8000, ge=0, le=65535, description="0 for any that is free")
    grace_seconds: float = Field(
        default=20.0, ge=0, description="for requests under way, when the server is to end"
    )
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
    sandbox: SandboxConfig = Field(
        default=OwnSandboxConfig(), description="where programs are run that answers hold"
    )
    breaker: BreakerConfig = Field(
        default=BreakerConfig(), description="when a scorer whose server fails is left alone"
    )
    default: Preset = Field(
        default=EFFORTS["low"], description="how a request is answered that says nothing of it"
    )
    efforts: dict[Effort, Preset] = Field(
        default=EFFORTS, description="what each `reasoning_effort` stands for"
    )
    aliases: dict[str, Preset] = Field(
        default={}, description="names after a colon in `model`, and what they stand for"
    )
    policy: Path | None = Field(default=None, description=POLICY)
    admin_key: SecretStr | None = Field(
        default=None, description="the key for what only administrators may do; none: nobody may"
    )
    keys: KeysWanted = Field(
        default="auto",
        description="whether requests must come with a key: `auto` is where `host` is reached from "
        "other machines",
    )
    open_metrics: bool = Field(
        default=False, description="whether `/metrics` asks for no key where others do"
    )
    admission: AdmissionConfig = Field(
        default=AdmissionConfig(), description="how many searches run at once, and how many wait"
    )
    caps: Caps = Field(default=Caps(), description="how large a request may be")
    step_end: StepEnd | None = Field(default=None, description=STEP_END)
    max_answer_tokens: int = Field(
        default=1024, ge=1, description="the cap on an answer when the request has none"
    )
    temperature: float = Field(
        default=0.8, ge=0, le=2, description="of the samples when the request has none"
    )
    reader_seconds: float = Field(
        default=30,
        gt=0,
        description="how long a client may read nothing of its answer before it is dropped",
    )
    outcomes: Path | None = Field(default=None, description="an SQLite file to keep outcomes in")
    database: str | None = Field(
        default_factory=_own_database,
        description="where the service keeps what outlives a request: an SQLite file, made where "
        "there is none, or `postgresql://...`; null for nowhere",
    )
    response_days: float = Field(
        default=30.0, gt=0, description="how long a response is kept after its last use"
    )
    jobs: JobsConfig = Field(default=JobsConfig(), description="how jobs are done")
    files: FilesConfig = Field(default=FilesConfig(), description="how files are kept")

    tracing: TracingConfig = Field(
        default=TracingConfig(), description="where spans of what happens to requests are sent"
    )
    idempotency: IdempotencyConfig = Field(
        default=IdempotencyConfig(), description="what is kept under an `Idempotency-Key`"
    )
    traces: TracesConfig = Field(
        default=TracesConfig(), description="which searches are kept in the database, and how long"
    )

    @cached_property
    def presets(self) -> dict[str, Preset]:
        """What may follow the colon in a model's name: strategies, efforts, own aliases."""
        kinds = {kind: Preset.model_validate({"strategy": {"kind": kind}}) for kind in KINDS}
        return kinds | dict(self.efforts) | self.aliases

    @property
    def further(self) -> dict[str, ModelConfig]:
        """The models by name besides the service's own."""
        if self.models is not None:
            return self.models
        return {"lab-reasoner": reasoner()} if self._comes_along else {}

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
        return OWN_POLICY if self.policy is None and self._comes_along else self.policy

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

    @field_validator("admin_key")
    @classmethod
    def _some_key(cls, key: SecretStr | None) -> SecretStr | None:
        # Compose files give a variable that is not set as an empty one.
        return key or None

    @field_validator("database")
    @classmethod
    def _somewhere(cls, database: str | None) -> str | None:
        # The environment has no other way to say null.
        return database or None

    @field_validator("config")
    @classmethod
    def _is_there(cls, config: Path | None) -> Path | None:
        # Without its file everything would be as it is by default.
        if config is not None and not config.is_file():
            raise ValueError(f"there is no file {config}")
        return config

    @field_validator("efforts")
    @classmethod
    def _every_effort(cls, efforts: dict[Effort, Preset]) -> dict[Effort, Preset]:
        return EFFORTS | efforts

    @field_validator("engines")
    @classmethod
    def _one_default(cls, engines: dict[str, EngineConfig]) -> dict[str, EngineConfig]:
        if DEFAULT in engines:
            raise ValueError(f"`{DEFAULT}` is the name of `engine` itself")
        return engines

    @field_validator("scorers")
    @classmethod
    def _in_some_order(cls, scorers: dict[str, AnyScorer] | None) -> dict[str, AnyScorer] | None:
        check_scorers(scorers or {})
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


def _check_chain(chain: Sequence[str], scorers: Collection[str], whose: str = "") -> None:
    unknown = [name for name in chain if name not in scorers]
    if unknown:
        raise ValueError(f"{whose}scorer {unknown[0]} is not among {', '.join(scorers)}")
