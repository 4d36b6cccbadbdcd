"""Every scorer of a configuration, opened together: who asks others after those, all guarded."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from engines.base import Engine
from engines.http import Carried, nothing
from scorers.answers import Grader
from scorers.base import Scorer
from scorers.breaker import Breaker, BreakerConfig, Guarded
from scorers.build import open_scorer
from scorers.order import in_order, needs
from scorers.programs.sandbox import NOWHERE, Sandbox
from scorers.registry import AnyScorer


@asynccontextmanager
async def open_scorers(
    configs: Mapping[str, AnyScorer],
    engine: Engine,
    grader: Grader,
    breaker: BreakerConfig,
    *,
    sandbox: Sandbox = NOWHERE,
    carried: Carried = nothing,
) -> AsyncIterator[dict[str, Scorer]]:
    """Give the scorers by name, in the order of the configuration.

    One that asks a server has a breaker; one that asks other scorers has theirs. Calls of their own
    servers take along what is carried.

    Raises:
        ScorerUnavailable: one's server is not there, or does not do what is needed of it.
    """
    async with AsyncExitStack() as stack:
        opened: dict[str, Scorer] = {}
        for name in in_order(configs):
            opening = open_scorer(
                name, configs[name], engine, grader, opened, sandbox=sandbox, carried=carried
            )
            scorer = await stack.enter_async_context(opening)
            alone = scorer.remote and not needs(configs[name])
            opened[name] = Guarded(scorer, Breaker(breaker)) if alone else scorer
        yield {name: opened[name] for name in configs}
