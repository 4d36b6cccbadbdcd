"""Searches as files."""

from pathlib import Path

import pytest

from search import Budget
from search.errors import ReplayMismatch
from search.strategies import BestOfN, Strategy
from search.trace import NotATrace, RecordedSearch, limits_of
from tests.search.world import TASK, every_strategy, models, search


async def recorded(strategy: Strategy, path: Path, budget: Budget) -> RecordedSearch:
    world = models()
    _, trace = await search(strategy, world, budget)
    able = world.engine.capabilities
    run = RecordedSearch(strategy, TASK, limits_of(budget), able, trace, {})  # type: ignore[arg-type]
    run.write(path)
    return RecordedSearch.read(path)


@every_strategy
@pytest.mark.parametrize("budget", [Budget(), Budget(tokens=40, seconds=60), Budget(seconds=60)])
async def test_a_search_is_run_again_from_its_file(
    strategy: Strategy, budget: Budget, tmp_path: Path
) -> None:
    outcome, _ = await search(strategy, models(), budget)
    again = await recorded(strategy, tmp_path / "out.json", budget)
    assert await again.replay() == outcome


async def test_another_strategy_does_not_find_its_way(tmp_path: Path) -> None:
    run = await recorded(BestOfN(n=6), tmp_path / "out.json", Budget())
    object.__setattr__(run, "strategy", BestOfN(n=5))
    with pytest.raises(ReplayMismatch):
        await run.replay()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"strategy": {"kind": "magic"}}'])
def test_a_file_that_is_no_trace_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text(text)
    with pytest.raises(NotATrace, match=r"out\.json is not a trace"):
        RecordedSearch.read(path)
