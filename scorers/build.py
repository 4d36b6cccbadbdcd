"""From configuration to scorers: the only module that knows every kind."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator

from engines.base import Engine
from engines.errors import EngineError
from engines.http import Transport
from engines.price import Price
from engines.probe import VllmConfig, probe, root_of
from scorers.answers import Grader, check_pattern
from scorers.base import Aggregation, Scorer, ScorerUnavailable
from scorers.confidence import Confidence, Measure
from scorers.ensemble import EnsembleConfig
from scorers.json_schema import JsonSchemaConfig
from scorers.judge import Judge
from scorers.kind import NONE, Around, ScorerKind
from scorers.layout import LINES, Layout
from scorers.maths import MathsConfig
from scorers.prm import PrmPooling
from scorers.regex import RegexConfig
from scorers.vote import Vote


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConfidenceConfig(_Config):
    """How sure the generator was of its tokens."""

    kind: Literal["confidence"] = "confidence"
    measure: Measure = Field(default="mean_logprob", description="what is averaged over tokens")
    alternatives: int = Field(
        default=5, ge=1, le=20, description="likeliest tokens weighed by `self_certainty`"
    )


class VoteConfig(_Config):
    """The share of solutions that give the same answer."""

    kind: Literal["vote"] = "vote"
    pattern: str | None = Field(
        default=None, description="regular expression of the answer; the usual marks if not given"
    )

    @field_validator("pattern")
    @classmethod
    def _usable(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            check_pattern(pattern)
        return pattern


class JudgeConfig(_Config):
    """A language model that says Yes or No."""

    kind: Literal["judge"] = "judge"
    server: VllmConfig | None = Field(
        default=None, description="a server of its own; the generator's engine if not given"
    )


class PrmPoolingConfig(_Config):
    """A process reward model behind `POST /pooling`."""

    kind: Literal["prm_pooling"] = "prm_pooling"
    url: HttpUrl = Field(description="where it listens; /v1 at the end may be given or not")
    model: str | None = Field(default=None, description="the first that it lists, if not given")
    api_key: SecretStr | None = Field(default=None, description="sent to it as a bearer token")
    separator: str | None = Field(
        default=None,
        min_length=1,
        description="ends a step; the server rates its token; known by the model's name, or a "
        "line break",
    )
    prefix: str | None = Field(
        default=None,
        pattern=r"\{question\}",
        description="before the steps; `{question}` and `{separator}` are filled in",
    )
    positive: int = Field(default=1, ge=0, description='column of a row that says "right"')
    aggregation: Aggregation = Field(
        default="last", description="how the rewards of steps become the score"
    )
    parameters: float | None = Field(
        default=None,
        gt=0,
        description="weights of the model, to count FLOPs; read off its name if not given",
    )
    price: Price | None = Field(default=None, description="of its tokens, to count their cost")


_OpenedHere: TypeAlias = ConfidenceConfig | VoteConfig | JudgeConfig | PrmPoolingConfig
ScorerConfig: TypeAlias = Annotated[
    _OpenedHere | MathsConfig | RegexConfig | JsonSchemaConfig | EnsembleConfig,
    Field(discriminator="kind"),
]


def open_scorer(
    name: str,
    config: ScorerConfig | ScorerKind,
    engine: Engine,
    grader: Grader,
    scorers: Mapping[str, Scorer] = NONE,
) -> AbstractAsyncContextManager[Scorer]:
    """Give the scorer that `config` describes, its connections open until the context ends.

    Args:
        name: what the configuration calls it.
        config: which one, and how.
        engine: for a judge without a server of its own.
        grader: for who looks at final answers.
        scorers: those that are open already, for one that asks others.

    Raises:
        ScorerUnavailable: its server is not there, or does not do what is needed of it.
    """
    if isinstance(config, ScorerKind):
        return config.open(name, Around(engine, grader, scorers))
    return _open(name, config, engine, grader)


@asynccontextmanager
async def _open(
    name: str, config: _OpenedHere, engine: Engine, grader: Grader
) -> AsyncIterator[Scorer]:
    match config:
        case ConfidenceConfig():
            yield Confidence(name, config.measure, config.alternatives)
        case VoteConfig():
            yield Vote(name, grader, config.pattern)
        case JudgeConfig(server=None):
            yield Judge(name, engine)
        case JudgeConfig():
            async with _own_engine(config) as own:
                yield Judge(name, own)
        case PrmPoolingConfig():
            async with _transport(config) as transport:
                scorer = _prm(name, config, transport)
                await scorer.check()
                yield scorer


@asynccontextmanager
async def _own_engine(config: JudgeConfig) -> AsyncIterator[Engine]:
    assert config.server
    key = config.server.api_key.get_secret_value() if config.server.api_key else None
    async with Transport(root_of(config.server.url), api_key=key) as transport:
        try:
            engine = await probe(transport, config.server)
        except EngineError as error:
            raise ScorerUnavailable(f"the judge's server: {error}") from error
        yield engine


def _transport(config: PrmPoolingConfig) -> Transport:
    key = config.api_key.get_secret_value() if config.api_key else None
    return Transport(root_of(str(config.url)), api_key=key)


def _prm(name: str, config: PrmPoolingConfig, transport: Transport) -> PrmPooling:
    return PrmPooling(
        name,
        transport,
        model=config.model,
        layout=_layout(config),
        positive=config.positive,
        aggregation=config.aggregation,
        parameters=config.parameters,
        price=config.price,
    )


def _layout(config: PrmPoolingConfig) -> Layout | None:
    """Return the layout configured, if either half of it is; the other half is that of lines."""
    if config.separator is None and config.prefix is None:
        return None
    return Layout(config.separator or LINES.separator, config.prefix or LINES.prefix)
