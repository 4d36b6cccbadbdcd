"""Everything a service needs, tried by itself: what works, what does not, and what would help.

A service says the first thing that is wrong and ends; this goes on to the next. Knows no command.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from app.opening import make_folder
from app.pauses import check_pauses
from app.policies import PolicyFile
from app.settings import Settings
from app.store import OtherVersion, StoreError, open_store
from app.telemetry.config import TracingConfig
from app.telemetry.opening import TelemetryMissing, open_tracing
from engines.base import DEFAULT, Engine
from engines.build import EngineConfig, open_engine
from engines.errors import EngineError
from engines.llamacpp import LlamaCppConfig
from sandbox.wire import Execution, File
from scorers.answers import Grader
from scorers.base import Scorer, ScorerError
from scorers.build import open_scorer
from scorers.equality import MathGrader
from scorers.order import in_order, needs
from scorers.programs.sandbox import NoSandboxConfig, Sandbox, open_sandbox
from search.errors import PolicyError

_TRIAL = Execution(files=(File(name="main.py", content="print(6 * 7)"),))
_SERVER = "start the server, or mend its `url` and `api_key`"
_EMBEDDED = "install the extra `embedded`, or set `engine` to a server's"
_SANDBOX = "run `fathom sandbox check`, which says line by line what is missing"
_OUTCOMES = "set `outcomes` to a file in a folder that can be written to"
_DATABASE = "start its server, or set `database` to it, or to a file in a folder of yours"
_UPGRADE = "run `fathom database upgrade` with this version of the program"
_TRACING = "install the extra `telemetry`, or leave `tracing.endpoint` out"
_POLICY = "fit one with `fathom calibrate`, or leave `policy` out"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried.

    Attributes:
        what: it is, by its place in the settings.
        said: what it is like, or what is wrong with it.
        remedy: what would help; `None` if nothing is wrong.
    """

    what: str
    said: str
    remedy: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.remedy is None


@dataclass(slots=True)
class _Ward:
    """What is open while things are tried."""

    stack: AsyncExitStack
    grader: Grader
    sandbox: Sandbox
    engines: dict[str, Engine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Model:
    """One model that is served: its place in the settings, its own settings, and its engine."""

    place: str
    settings: Settings
    engine: Engine


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Try the engines, the scorers, the policies, the sandbox and the database of a service."""
    async with AsyncExitStack() as stack:
        grader = await stack.enter_async_context(MathGrader())
        sandbox = await stack.enter_async_context(open_sandbox(settings.sandbox))
        ward = _Ward(stack, grader, sandbox)
        for name, config in ({DEFAULT: settings.engine} | settings.engines).items():
            place = "engine" if name == DEFAULT else f"engines.{name}"
            yield await _engine(place, config, ward)
        async for finding in _model("", settings, ward.engines.get("engine"), ward):
            yield finding
        for name, model in settings.further.items():
            own, place = settings.of(model), f"models.{name}."
            if isinstance(model.engine, str):
                used = "engine" if model.engine == DEFAULT else f"engines.{model.engine}"
            else:
                used = f"{place}engine"
                yield await _engine(used, model.engine, ward)
            async for finding in _model(place, own, ward.engines.get(used), ward):
                yield finding
        yield await _sandbox(settings, ward)
        yield await _outcomes(settings)
        yield await examine_database(settings.database)
        yield await _tracing(settings.tracing)


async def _engine(place: str, config: EngineConfig, ward: _Ward) -> Finding:
    try:
        engine = await ward.stack.enter_async_context(open_engine(config))
    except EngineError as error:
        ours = isinstance(config, LlamaCppConfig)
        return Finding(place, str(error), _EMBEDDED if ours else _SERVER)
    ward.engines[place] = engine
    able = engine.capabilities
    route = "token ids" if able.token_ids else "text"
    return Finding(place, f"{config.kind} serves {able.model}, by {route}")


async def _model(
    place: str, settings: Settings, engine: Engine | None, ward: _Ward
) -> AsyncIterator[Finding]:
    """Try what judges and advises one model; what needs its engine waits for that."""
    if engine is None:
        yield Finding(f"{place}scorers", "not tried: there is no engine to try them with", _SERVER)
        return
    opened: dict[str, Scorer] = {}
    for name in in_order(settings.judges):
        yield await _scorer(name, _Model(place, settings, engine), opened, ward)
    if settings.table is not None:
        yield _policy(place, settings, engine)
    if settings.pause_tokens:
        yield _pauses(place, settings, engine)


async def _scorer(name: str, model: _Model, opened: dict[str, Scorer], ward: _Ward) -> Finding:
    what, config = f"{model.place}scorers.{name}", model.settings.judges[name]
    missing = [other for other in needs(config) if other not in opened]
    if missing:
        return Finding(what, f"not tried: it asks {missing[0]}", f"mend `scorers.{missing[0]}`")
    opening = open_scorer(name, config, model.engine, ward.grader, opened, sandbox=ward.sandbox)
    try:
        opened[name] = await ward.stack.enter_async_context(opening)
    except ScorerError as error:
        return Finding(what, str(error), f"start its server, or mend `{what}`")
    return Finding(what, f"{config.kind} can judge")


def _policy(place: str, settings: Settings, engine: Engine) -> Finding:
    what = f"{place}policy"
    assert settings.table is not None
    try:
        file = PolicyFile(settings.table, engine.capabilities.model, settings.step_end)
    except PolicyError as error:
        return Finding(what, str(error), _POLICY)
    return Finding(what, f"{file.policy.name} advises {len(file.policy.bins)} bins of difficulty")


def _pauses(place: str, settings: Settings, engine: Engine) -> Finding:
    what = f"{place}pause_tokens"
    try:
        check_pauses(settings, engine)
    except EngineError as error:
        return Finding(what, str(error), f"leave `{what}` out, or serve a model taught to pause")
    return Finding(what, f"{settings.pause_tokens} pauses stand behind every prompt")


async def _sandbox(settings: Settings, ward: _Ward) -> Finding:
    if isinstance(settings.sandbox, NoSandboxConfig):
        return Finding("sandbox", "none: no programs are run")
    try:
        executed = await ward.sandbox.execute(_TRIAL)
    except ScorerError as error:
        return Finding("sandbox", str(error), _SANDBOX)
    if executed.stdout != "42\n":
        return Finding("sandbox", f"a program that prints 42 ended by {executed.ended}", _SANDBOX)
    return Finding("sandbox", f"{settings.sandbox.kind}: a program ran in {executed.seconds:.3f} s")


async def _outcomes(settings: Settings) -> Finding:
    if settings.outcomes is None:
        return Finding("outcomes", "none: answers are not remembered")
    try:
        async with open_store(settings.outcomes):
            return Finding("outcomes", f"{settings.outcomes} can be used")
    except StoreError as error:
        return Finding("outcomes", str(error), _OUTCOMES)


async def examine_database(where: str | None) -> Finding:
    """Try the database at this address, or in this file, as a service would open it."""
    if where is None:
        return Finding("database", "none: nothing outlives a request")
    try:
        make_folder(where)
        async with open_store(where) as store:
            version = await store.version()
            return Finding("database", f"{store.name} can be used, its tables at {version}")
    except OtherVersion as error:
        return Finding("database", str(error), _UPGRADE)
    except StoreError as error:
        return Finding("database", str(error), _DATABASE)


async def _tracing(config: TracingConfig) -> Finding:
    if config.endpoint is None:
        return Finding("tracing", "none: no spans are sent")
    try:
        async with open_tracing(config):
            return Finding("tracing", f"spans are sent to {config.endpoint}")
    except TelemetryMissing as error:
        return Finding("tracing", str(error), _TRACING)
