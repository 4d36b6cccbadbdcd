from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiohttp import web

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from engines.probe import VllmConfig
from scorers.base import Scorer, ScorerError
from scorers.build import ConfidenceConfig, ScorerConfig, VoteConfig, open_scorer
from scorers.calibrated import Calibrated
from scorers.calibration import Calibration, Level, Platt
from scorers.ensemble import Ensemble
from scorers.families import FAMILIES, LABEL_FAMILIES, FamilyName, LabelName
from scorers.hidden_states import HiddenStatesConfig
from scorers.json_schema import JsonSchemaConfig
from scorers.judge import JudgeConfig
from scorers.labels import PrmLabelsConfig
from scorers.maths import MathsConfig
from scorers.orm import OrmPoolingConfig
from scorers.prm import PrmPoolingConfig
from scorers.programs.agreement import CodeAgreementConfig
from scorers.programs.sandbox import OwnSandbox
from scorers.programs.telling import examiner_of
from scorers.programs.tests import AssertTest
from scorers.programs.unit_tests import UnitTestsConfig
from scorers.reference import Reference
from scorers.regex import RegexConfig
from scorers.rubric import RubricConfig
from scorers.rubric_pairs import RubricPairsConfig
from scorers.think import ThinkPrmConfig
from tests.scorers.candidates import LastWord, candidate
from tests.scorers.contract import FIRST, SECOND, ScorerContract
from tests.scorers.critics import Critical
from tests.scorers.heads import head_file, shows
from tests.scorers.pooling import Pooling, serving, tagged, whole

EngineBacked = JudgeConfig | ThinkPrmConfig | RubricConfig | RubricPairsConfig | PrmLabelsConfig
Factory = Callable[[], AbstractAsyncContextManager[Scorer]]


def unasked(request: Request, i: int) -> str:
    raise AssertionError("a scorer does not draw samples")


def opinionated(request: Request, i: int) -> float:
    text = request.prompt.conversation.messages[-1].content
    return -1 - (sum(text.encode()) + i) % 7


def patience(request: Request) -> float:
    return 30 if "slow" in request.prompt.conversation.messages[-1].content else 0


def configured(config: ScorerConfig) -> Factory:
    engine = FakeEngine(unasked, latency=patience, logprob=opinionated)
    return lambda: open_scorer("it", config, engine, LastWord())


def prm(family: FamilyName) -> Factory:
    known = FAMILIES[family]
    # Where it is tokenized a letter a token, the tag is the separator's last.
    separator = known.layout.separator
    pooled = tagged(separator[-1] if known.layout.apart else separator)
    rows = pooled if known.readout == "classes" else (lambda text: [r[:1] for r in pooled(text)])

    @asynccontextmanager
    async def factory() -> AsyncIterator[Scorer]:
        async with serving(Pooling(rows=rows)) as server:
            config = PrmPoolingConfig(url=server.url, parameters=1e6, family=family)
            async with open_scorer("it", config, FakeEngine(unasked), LastWord()) as scorer:
                yield scorer

    return factory


@asynccontextmanager
async def orm() -> AsyncIterator[Scorer]:
    async with serving(Pooling(rows=whole)) as server:
        config = OrmPoolingConfig(url=server.url, parameters=1e6)
        async with open_scorer("it", config, FakeEngine(unasked), LastWord()) as scorer:
            yield scorer


@asynccontextmanager
async def ensemble(*configs: ScorerConfig) -> AsyncIterator[Scorer]:
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(configured(config)()) for config in configs]
        yield Ensemble("it", members, "lower_bound", 1.0)


def calibrated(config: ScorerConfig, level: Level) -> Factory:
    calibration = Calibration(curve=Platt(slope=0.5, intercept=-1), level=level)

    @asynccontextmanager
    async def factory() -> AsyncIterator[Scorer]:
        async with configured(config)() as inner:
            yield Calibrated("it", inner, calibration, "product" if level == "step" else None)

    return factory


def by_ids(request: Request, i: int) -> float:
    return -1 - (sum(request.ids) + i) % 7


def labels(family: LabelName) -> Factory:
    config = PrmLabelsConfig(server=VllmConfig(url="http://unused"), family=family)
    engine = FakeEngine(unasked, logprob=by_ids)
    return lambda: nullcontext(config.scorer("it", engine))


def writing(config: ScorerConfig) -> Factory:
    said = "a \\boxed{correct}\nIs the solution correct? Yes [[7]] [[C]]"
    engine = Critical(said, yes=lambda text: (sum(text.encode()) % 97 + 1) / 100)
    return lambda: open_scorer("it", config, engine, LastWord())


def head(layout: str, **able: object) -> Factory:
    @asynccontextmanager
    async def factory() -> AsyncIterator[Scorer]:
        with TemporaryDirectory() as folder:
            config = HiddenStatesConfig(head=head_file(Path(folder), layout=layout))
            async with open_scorer("it", config, shows(**able), LastWord()) as scorer:
                yield scorer

    return factory


@asynccontextmanager
async def unit_tests() -> AsyncIterator[Scorer]:
    async with OwnSandbox() as sandbox:
        config = UnitTestsConfig()
        async with open_scorer(
            "it", config, FakeEngine(unasked), LastWord(), sandbox=sandbox
        ) as it:
            yield examiner_of(it).told_tests((AssertTest(code="assert f(1) == 1"),))


@asynccontextmanager
async def code_agreement() -> AsyncIterator[Scorer]:
    async with OwnSandbox() as sandbox:
        engine = FakeEngine(lambda *_: "assert f(1) == 1\nassert Answer == 1", latency=patience)
        config = CodeAgreementConfig()
        async with open_scorer("it", config, engine, LastWord(), sandbox=sandbox) as it:
            yield it


SCORERS: list[tuple[str, Factory]] = [
    ("mean_logprob", configured(ConfidenceConfig())),
    ("self_certainty", configured(ConfidenceConfig(measure="self_certainty"))),
    ("vote", configured(VoteConfig())),
    ("judge", configured(JudgeConfig())),
    *((f"prm_pooling {family}", prm(family)) for family in FAMILIES),
    ("maths", configured(MathsConfig(answer="42"))),
    ("regex", configured(RegexConfig(pattern="Answer: 4[12]"))),
    ("json_schema", configured(JsonSchemaConfig(schema={"type": "object"}))),
    ("ensemble", lambda: ensemble(JudgeConfig(), VoteConfig())),
    ("ensemble of steps", lambda: ensemble(ConfidenceConfig(), ConfidenceConfig())),
    ("calibrated", calibrated(JudgeConfig(), "solution")),
    ("calibrated by steps", calibrated(ConfidenceConfig(), "step")),
    ("calibrated vote", calibrated(VoteConfig(), "solution")),
    ("orm_pooling", orm),
    ("judge that reasons", writing(JudgeConfig(rationales=2))),
    ("rubric", writing(RubricConfig())),
    ("rubric_pairs", writing(RubricPairsConfig())),
    ("think_prm", writing(ThinkPrmConfig(samples=2, temperature=1))),
    *((f"prm_labels {family}", labels(family)) for family in LABEL_FAMILIES),
    *((f"hidden_states {layout}", head(layout)) for layout in ("turn", "trl", "lines")),
    ("unit_tests", unit_tests),
    ("code_agreement", code_agreement),
    ("reference", lambda: nullcontext(Reference("it", LastWord(), "42"))),
]


class TestEveryScorer(ScorerContract):
    @pytest.fixture(params=SCORERS, ids=lambda pair: pair[0])
    async def scorer(self, request):
        async with request.param[1]() as scorer:
            yield scorer


BY_STEP = [pair for pair in SCORERS if pair[0].startswith(("prm_", "hidden_states"))]
BY_STEP = [pair for pair in BY_STEP if pair[0] != "prm_labels rlhflow_orm"]


@pytest.mark.parametrize("factory", [f for _, f in BY_STEP], ids=[name for name, _ in BY_STEP])
async def test_a_step_has_the_same_reward_whatever_follows(factory):
    begun = candidate(FIRST.steps[0].text, finish=None)
    async with factory() as scorer:
        alone, before = (await scorer.judge((begun, FIRST))).opinions
    assert len(before.rewards) == len(FIRST.steps)
    assert alone.rewards == before.rewards[:1]


def without_engine(config: EngineBacked) -> Factory:
    def fail(request: Request) -> float:
        raise EngineUnavailable("connection refused")

    engine = FakeEngine(unasked, latency=fail, logprob=lambda request, _: fail(request))
    return lambda: nullcontext(config.scorer("it", engine))


def rows(*data: object) -> Callable[[], web.Response]:
    """A reply with this for each text; as Python writes JSON, which has NaN."""
    entries = [{"index": i, "data": numbers} for i, numbers in enumerate(data)]
    return lambda: web.json_response({"data": entries})


def prm_that_answers(answer: Callable[[], web.Response]) -> Factory:
    @asynccontextmanager
    async def factory() -> AsyncIterator[Scorer]:
        async with serving(Pooling()) as server:
            config = PrmPoolingConfig(url=server.url)
            async with open_scorer("it", config, FakeEngine(unasked), LastWord()) as scorer:
                server.answer = answer
                yield scorer

    return factory


def orm_that_answers(answer: Callable[[], web.Response]) -> Factory:
    @asynccontextmanager
    async def factory() -> AsyncIterator[Scorer]:
        async with serving(Pooling(rows=whole)) as server:
            config = OrmPoolingConfig(url=server.url)
            async with open_scorer("it", config, FakeEngine(unasked), LastWord()) as scorer:
                server.answer = answer
                yield scorer

    return factory


ASKING: tuple[EngineBacked, ...] = (
    JudgeConfig(),
    JudgeConfig(rationales=2),
    ThinkPrmConfig(),
    RubricConfig(),
    RubricPairsConfig(),
    PrmLabelsConfig(server=VllmConfig(url="http://unused")),
)
BROKEN: list[tuple[str, Factory]] = [
    *((f"{config.kind}, engine down", without_engine(config)) for config in ASKING),
    ("prm, 500", prm_that_answers(lambda: web.Response(status=500, text="boom"))),
    ("prm, 400", prm_that_answers(lambda: web.json_response({"error": "no"}, status=400))),
    ("prm, not JSON", prm_that_answers(lambda: web.Response(text="<html>"))),
    ("prm, other JSON", prm_that_answers(lambda: web.json_response({"data": [{"index": 0}]}))),
    ("prm, one text of two", prm_that_answers(rows([[0.1, 0.9]] * 3))),
    ("prm, NaN", prm_that_answers(rows([[nan, nan]] * 3, [[0.1, 0.9]] * 4))),
    ("prm, null", prm_that_answers(rows([[None, None]] * 3, [[0.1, 0.9]] * 4))),
    ("prm, too few rows", prm_that_answers(rows([[0.1, 0.9]], [[0.1, 0.9]]))),
    ("prm, too many rows", prm_that_answers(rows([[0.1, 0.9]] * 99, [[0.1, 0.9]] * 99))),
    ("prm, not in [0, 1]", prm_that_answers(rows([[1.7]] * 3, [[0.5]] * 3))),
    ("orm, 500", orm_that_answers(lambda: web.Response(status=500, text="boom"))),
    ("orm, not JSON", orm_that_answers(lambda: web.Response(text="<html>"))),
    ("orm, NaN", orm_that_answers(rows([nan]))),
    ("orm, null", orm_that_answers(rows([None]))),
    ("orm, no number", orm_that_answers(rows([]))),
    ("orm, many numbers", orm_that_answers(rows([0.5] * 19))),
    ("orm, rows", orm_that_answers(rows([[0.5]]))),
    ("orm, another text", orm_that_answers(rows([0.5], [0.5]))),
    ("prm, no such column", prm_that_answers(rows([[]] * 3, [[]] * 3))),
]


@pytest.mark.parametrize("factory", [f for _, f in BROKEN], ids=[name for name, _ in BROKEN])
async def test_a_broken_server_is_a_scorer_error(factory):
    async with factory() as scorer:
        with pytest.raises(ScorerError):
            await scorer.judge((FIRST, SECOND))
