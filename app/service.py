"""The models of a running service: opened together, closed together."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from app.jobs.jobs import Jobs
from app.keys.gate import Gate
from app.models import ModelConfig
from app.pauses import check_pauses
from app.policies import PolicyFile
from app.programs import grader_of, told, with_tests
from app.settings import Settings
from app.store import Store, open_store
from app.telemetry.tracing import UNTRACED, Tracing
from engines.base import DEFAULT, Engine
from engines.build import EngineConfig, open_engine
from engines.priced import Priced
from scorers.answers import Grader
from scorers.base import Scorer
from scorers.equality import MathGrader
from scorers.maths import Comparing
from scorers.opening import open_scorers
from scorers.pairwise import PairJudge
from scorers.preference import Comparer, comparer_of
from scorers.programs.sandbox import NOWHERE, Sandbox, open_sandbox
from scorers.programs.tests import AnyTest
from search import Models
from search.errors import StrategyRefused


@dataclass(frozen=True, slots=True)
class Service:
    """What every request is answered with: settings, engine, grader, and scorers by name.

    `pairs` compares solutions where no scorer does; if there is none, the engine. `engines` are
    further ones.
    `named` are further models: each a service of its own, with settings, engine and scorers.
    `policy` says what to do to strategies that leave it to one.
    `outcomes` is where answers are remembered, if anywhere.
    `store` is the database of what outlives a request, if there is one; of a running server only.
    `jobs` are those of that database.
    `sandbox` runs the programs in answers.
    `tracing` follows what happens to requests.
    `gate` is what requests pass on their way to a search; one for all models.
    """

    settings: Settings
    engine: Engine
    grader: Grader
    scorers: dict[str, Scorer]
    started: float = field(default_factory=time.time)
    pairs: Comparer | None = None
    engines: dict[str, Engine] = field(default_factory=dict)
    named: dict[str, "Service"] = field(default_factory=dict)
    policy: PolicyFile | None = None
    outcomes: Store | None = None
    store: Store | None = None
    jobs: Jobs | None = None
    sandbox: Sandbox = NOWHERE
    tracing: Tracing = UNTRACED
    gate: Gate = field(default_factory=Gate)

    @property
    def everyone(self) -> dict[str, "Service"]:
        """This service and the further models' by the names of their models."""
        return {self.engine.capabilities.model: self, **self.named}

    def models(
        self,
        chain: Sequence[str] | None = None,
        reference: str | None = None,
        tests: Sequence[AnyTest] = (),
        prompt_text: str = "",
    ) -> Models:
        """Return the models for one search, with the scorers named, or those set as the default.

        The first of them that judges by comparing is asked where solutions are compared. If the
        first of all runs tests, answers that behave alike are the same. `prompt_text` is what was
        asked last.

        Raises:
            StrategyRefused: there is no scorer of that name, or none that compares answers with
                `reference`, or none that runs `tests`.
        """
        scorers = self.chain(chain, reference, tests, within="search.")
        grader = grader_of(scorers, self.grader, self.sandbox, tests, prompt_text)
        pairs = comparer_of(scorers) or self.pairs or PairJudge("pairs", self.engine)
        adviser = self.policy.adviser if self.policy else None
        return Models(self.engine, scorers, grader, pairs, self.engines, adviser)

    def chain(
        self,
        names: Sequence[str] | None,
        reference: str | None,
        tests: Sequence[AnyTest] = (),
        *,
        within: str = "",
    ) -> tuple[Scorer, ...]:
        """Return the scorers named, or those set as the default, told the answer known to be right.

        Of the default ones, those that must be told it are left out where it is not given. With
        tests, one that runs them stands before the default ones.

        Args:
            names: what the request names, if anything; `default` is those set as the default.
            reference: the answer it gives, if any.
            tests: those it gives, if any.
            within: what its fields' names begin with.

        Raises:
            StrategyRefused: there is no scorer of that name, or none that has use for the answer,
                or for the tests.
        """
        named = {name for name in names or () if name != DEFAULT}
        scorers = [self._named(name, within) for name in self.named_by(names, tests, within)]
        comparing = [
            scorer for scorer in scorers if isinstance(scorer, Comparing) and scorer.compares
        ]
        if reference is not None and not comparing:
            raise StrategyRefused(
                f"scorer {scorers[0].name} compares no answers with a `reference`; choose a "
                "`scorer` that does",
                param=f"{within}reference",
            )
        untold = [scorer for scorer in comparing if scorer.untold and reference is None]
        able = [scorer for scorer in scorers if scorer not in untold]
        if not able or any(scorer.name in named for scorer in untold):
            raise StrategyRefused(
                f"scorer {untold[0].name} compares answers with a `reference`, which is not given",
                param=f"{within}reference",
            )
        return told([_told(scorer, reference) for scorer in able], tests, within)

    def named_by(
        self, names: Sequence[str] | None, tests: Sequence[AnyTest] = (), within: str = ""
    ) -> list[str]:
        """Return the names of the scorers that judge, the defaults spelt out; see `chain`.

        Raises:
            StrategyRefused: there are tests, and no scorer runs any.
        """
        if tests:
            names = with_tests(names, self.scorers, within)
        return self._meant(names or (DEFAULT,))

    def alone(self, name: str) -> Scorer:
        """Return the scorer of this name, where nobody may take its place.

        Raises:
            StrategyRefused: there is no scorer of that name; `default` is several.
        """
        self._named(name, "")
        (scorer,) = self.chain((name,), None)
        return scorer

    def _meant(self, names: Sequence[str]) -> list[str]:
        """Return the names with `default` spelt out, each once."""
        spelt = ((n,) if n != DEFAULT else self.settings.chain for n in names)
        return list(dict.fromkeys(name for several in spelt for name in several))

    def _named(self, name: str, within: str) -> Scorer:
        if name not in self.scorers:
            known = ", ".join(self.scorers)
            raise StrategyRefused(
                f"there is no scorer {name!r}; there are {known}", param=f"{within}scorer"
            )
        return self.scorers[name]


def _told(scorer: Scorer, reference: str | None) -> Scorer:
    if reference is not None and isinstance(scorer, Comparing):
        return scorer.told(reference)
    return scorer


@asynccontextmanager
async def open_service(settings: Settings, tracing: Tracing = UNTRACED) -> AsyncIterator[Service]:
    """Open the engines, the grader's workers and every scorer of `settings`, followed by `tracing`.

    Raises:
        EngineError: an engine could not be started or reached.
        ScorerError: a scorer could not be reached, or does not answer as it must.
        PolicyError: a policy's file cannot be used.
        StoreError: the file to remember answers in cannot be used.
    """
    async with AsyncExitStack() as stack:
        file = settings.outcomes
        outcomes = None if file is None else await stack.enter_async_context(open_store(file))
        grader = await stack.enter_async_context(MathGrader())
        sandbox = await stack.enter_async_context(open_sandbox(settings.sandbox))
        engine = await stack.enter_async_context(_open_watched(settings.engine, tracing))
        check_pauses(settings, engine)
        engines = {
            name: await stack.enter_async_context(_open_watched(config, tracing))
            for name, config in settings.engines.items()
        }
        scorers = await stack.enter_async_context(
            open_scorers(
                settings.judges,
                engine,
                grader,
                settings.breaker,
                sandbox=sandbox,
                carried=tracing.carried,
            )
        )
        policy = policy_of(settings, engine)
        alone = Service(
            settings,
            engine,
            grader,
            scorers,
            engines=engines,
            policy=policy,
            outcomes=outcomes,
            sandbox=sandbox,
            tracing=tracing,
        )
        named = {
            name: await stack.enter_async_context(_open_named(model, alone))
            for name, model in settings.further.items()
        }
        yield replace(alone, named=named)


@asynccontextmanager
async def _open_watched(config: EngineConfig, tracing: Tracing) -> AsyncIterator[Engine]:
    async with open_engine(config, tracing.carried) as engine:
        yield Priced(tracing.engine(engine, config))


@asynccontextmanager
async def _open_named(model: ModelConfig, service: Service) -> AsyncIterator[Service]:
    """Open a further model of a service, of which it uses engines and grader."""
    settings = service.settings.of(model)
    async with AsyncExitStack() as stack:
        if isinstance(model.engine, str):
            engine = ({DEFAULT: service.engine} | service.engines)[model.engine]
        else:
            engine = await stack.enter_async_context(_open_watched(model.engine, service.tracing))
        check_pauses(settings, engine)
        scorers = await stack.enter_async_context(
            open_scorers(
                settings.judges,
                engine,
                service.grader,
                settings.breaker,
                sandbox=service.sandbox,
                carried=service.tracing.carried,
            )
        )
        policy = policy_of(settings, engine)
        yield replace(service, settings=settings, engine=engine, scorers=scorers, policy=policy)


def policy_of(settings: Settings, engine: Engine) -> PolicyFile | None:
    """Read the policy of a model with these settings and this engine, if it has one.

    Raises:
        PolicyError: its file cannot be used.
    """
    path = settings.table
    return None if path is None else PolicyFile(path, engine.capabilities.model, settings.step_end)
