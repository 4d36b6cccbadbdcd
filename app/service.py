"""The models of a running service: opened together, closed together."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from app.settings import Settings
from engines.base import Engine
from engines.build import open_engine
from scorers.answers import Grader
from scorers.base import Scorer
from scorers.build import open_scorer
from scorers.equality import MathGrader
from scorers.pairwise import PairJudge
from scorers.preference import Comparer
from search import Models
from search.errors import StrategyRefused


@dataclass(frozen=True, slots=True)
class Service:
    """What every request is answered with: settings, engine, grader, and scorers by name.

    `pairs` compares solutions; the engine does it if there is no other. `engines` are further ones.
    """

    settings: Settings
    engine: Engine
    grader: Grader
    scorers: dict[str, Scorer]
    started: float = field(default_factory=time.time)
    pairs: Comparer | None = None
    engines: dict[str, Engine] = field(default_factory=dict)

    def models(self, chain: Sequence[str] | None = None) -> Models:
        """Return the models for one search, with the scorers named, or those set as the default.

        Raises:
            StrategyRefused: there is no scorer of that name.
        """
        scorers = self.chain(chain or self.settings.scorer, "search.scorer")
        pairs = self.pairs or PairJudge("pairs", self.engine)
        return Models(self.engine, scorers, self.grader, pairs, self.engines)

    def chain(self, names: Sequence[str], param: str) -> tuple[Scorer, ...]:
        """Return the scorers named; `param` is the request's field that names them.

        Raises:
            StrategyRefused: there is no scorer of that name.
        """
        unknown = [name for name in names if name not in self.scorers]
        if unknown:
            known = ", ".join(self.scorers)
            raise StrategyRefused(
                f"there is no scorer {unknown[0]!r}; there are {known}", param=param
            )
        return tuple(self.scorers[name] for name in names)


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """Open the engines, the grader's workers and every scorer of `settings`.

    Raises:
        EngineError: an engine could not be started or reached.
        ScorerError: a scorer could not be reached, or does not answer as it must.
    """
    async with AsyncExitStack() as stack:
        grader = await stack.enter_async_context(MathGrader())
        engine = await stack.enter_async_context(open_engine(settings.engine))
        engines = {
            name: await stack.enter_async_context(open_engine(config))
            for name, config in settings.engines.items()
        }
        scorers = {
            name: await stack.enter_async_context(open_scorer(name, config, engine, grader))
            for name, config in settings.scorers.items()
        }
        yield Service(settings, engine, grader, scorers, engines=engines)
