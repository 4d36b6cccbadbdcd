"""Picking what is worth labelling out of a pool, for a person or for a larger verifier."""

from collections.abc import Iterator
from dataclasses import asdict

from app.commands.labelling.asked import KEPT, Asked, Report, Way, counted
from app.commands.labelling.by_prm import PRM, supervise
from app.commands.running import run
from app.service import Service
from scorers.answers import check_pattern
from training.examples import Example, line_of
from training.label.active import Ranked
from training.label.already import Already
from training.label.grading import Grading
from training.label.judging import Judging
from training.label.pool import Pool, read_scores
from training.label.solutions import gradable, read_solutions
from training.writing import appended, whole


def _active(asked: Asked) -> Report:
    return run(_pick(asked), interrupted=KEPT)


def _active_prm(asked: Asked) -> Report:
    return run(_pick_and_label(asked), interrupted=KEPT)


async def _pick(asked: Asked) -> Report:
    async with asked.opens()(asked.settings) as service:
        pool = await _pool(asked, service)
        with whole(asked.out) as write:
            for example in _picked(asked, pool):
                write(line_of(example))
        return Report(asdict(pool.counts) | {"out": str(asked.out)})


async def _pick_and_label(asked: Asked) -> Report:
    async with asked.opens()(asked.settings) as service:
        pool = await _pool(asked, service)
        labelled = await supervise(asked, service, _picked(asked, pool))
        return Report(asdict(pool.counts) | dict(labelled.figures))


async def _pool(asked: Asked, service: Service) -> Pool:
    """Read the pool and have it scored, but for what has a score in the file beside."""
    assert asked.selector
    if asked.pattern is not None:
        check_pattern(asked.pattern)
    [selector] = service.chain([asked.selector], None)
    judging = Judging(selector, asked.step_end, concurrency=asked.concurrency)
    grading = Grading(service.grader, asked.step_end, asked.pattern)
    scores = asked.beside("scores")
    with appended(scores) as write, counted("solutions scored") as one_more:

        def keep(one: Ranked) -> None:
            write(one.model_dump_json(exclude_none=True) + "\n")
            one_more()

        pool = Pool(
            judging, grading, Already(asked.already), read_scores(scores, selector.name), keep
        )
        await pool.read(_solutions(asked))
    return pool


def _picked(asked: Asked, pool: Pool) -> Iterator[Example]:
    assert asked.n
    return pool.pick(_solutions(asked), asked.n, asked.seed)


def _solutions(asked: Asked) -> Iterator[Example]:
    return gradable(asked.file, read_solutions(asked.file, asked.step_end))


_FLAGS = frozenset(
    {
        "selector", "n", "seed", "already", "step_end", "pattern", "concurrency", "engine_url",
        "config",
    }
)  # fmt: skip
ACTIVE = Way(_active, _FLAGS, needs=("selector", "n"))
ACTIVE_PRM = Way(_active_prm, _FLAGS | PRM.flags, needs=("selector", "n", "scorer"))
