"""From configuration to scorers: the only module that knows every kind."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from engines.base import Engine
from engines.http import Carried, nothing
from scorers.answers import Grader, Pattern
from scorers.asking import engine_for
from scorers.base import Scorer
from scorers.calibrated import CalibratedConfig
from scorers.confidence import Confidence, Measure
from scorers.ensemble import EnsembleConfig
from scorers.hidden_states import HiddenStatesConfig
from scorers.json_schema import JsonSchemaConfig
from scorers.judge import JudgeConfig
from scorers.kind import NONE, Around, ScorerKind
from scorers.labels import PrmLabelsConfig
from scorers.maths import MathsConfig
from scorers.orm import OrmPoolingConfig
from scorers.prm import PrmPoolingConfig
from scorers.programs.agreement import CodeAgreementConfig
from scorers.programs.sandbox import NOWHERE, Sandbox
from scorers.programs.unit_tests import UnitTestsConfig
from scorers.regex import RegexConfig
from scorers.rubric import RubricConfig
from scorers.rubric_pairs import RubricPairsConfig
from scorers.think import ThinkPrmConfig
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
    pattern: Pattern | None = Field(
        default=None, description="regular expression of the answer; the usual marks if not given"
    )


_OpenedHere: TypeAlias = (
    ConfidenceConfig
    | VoteConfig
    | JudgeConfig
    | PrmPoolingConfig
    | OrmPoolingConfig
    | PrmLabelsConfig
    | ThinkPrmConfig
    | RubricConfig
    | RubricPairsConfig
)
ScorerConfig: TypeAlias = Annotated[
    _OpenedHere
    | HiddenStatesConfig
    | MathsConfig
    | RegexConfig
    | JsonSchemaConfig
    | UnitTestsConfig
    | CodeAgreementConfig
    | EnsembleConfig
    | CalibratedConfig,
    Field(discriminator="kind"),
]


def open_scorer(
    name: str,
    config: ScorerConfig | ScorerKind,
    engine: Engine,
    grader: Grader,
    scorers: Mapping[str, Scorer] = NONE,
    *,
    sandbox: Sandbox = NOWHERE,
    carried: Carried = nothing,
) -> AbstractAsyncContextManager[Scorer]:
    """Give the scorer that `config` describes, its connections open until the context ends.

    Args:
        name: what the configuration calls it.
        config: which one, and how.
        engine: for a judge without a server of its own.
        grader: for who looks at final answers.
        scorers: those that are open already, for one that asks others.
        sandbox: for one that has programs run.
        carried: headers that calls of its own server take along.

    Raises:
        ScorerUnavailable: its server is not there, or does not do what is needed of it.
    """
    if isinstance(config, ScorerKind):
        return config.open(name, Around(engine, grader, scorers, sandbox, carried))
    return _open(name, config, Around(engine, grader, carried=carried))


@asynccontextmanager
async def _open(name: str, config: _OpenedHere, around: Around) -> AsyncIterator[Scorer]:
    match config:
        case ConfidenceConfig():
            yield Confidence(name, config.measure, config.alternatives)
        case VoteConfig():
            yield Vote(name, around.grader, config.pattern)
        case JudgeConfig() | ThinkPrmConfig() | RubricConfig() | RubricPairsConfig():
            async with engine_for(config, around.engine, around.carried) as asked:
                yield config.scorer(name, asked)
        case PrmLabelsConfig():
            async with engine_for(config, around.engine, around.carried) as asked:
                labels = config.scorer(name, asked)
                await labels.check()
                yield labels
        case PrmPoolingConfig() | OrmPoolingConfig():
            async with config.transport(around.carried) as transport:
                scorer = config.scorer(name, transport)
                await scorer.check()
                yield scorer
