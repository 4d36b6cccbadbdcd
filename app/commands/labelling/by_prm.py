"""Labels by a larger process reward model, a line at a time, gone on with where they ended."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.commands.labelling.asked import KEPT, Asked, Figures, Report, Way, counted
from app.commands.running import run
from app.service import Service
from training.examples import Example, line_of, read_examples
from training.label.judging import Judging
from training.label.solutions import key_of, read_solutions
from training.label.synthetic import Supervision
from training.writing import OutputRefused, anew, appended


def _prm(asked: Asked) -> Report:
    return run(_label(asked), interrupted=KEPT)


async def _label(asked: Asked) -> Report:
    async with asked.opens()(asked.settings) as service:
        solutions = (example for _, example in read_solutions(asked.file, asked.step_end))
        return await supervise(asked, service, solutions)


async def supervise(asked: Asked, service: Service, solutions: Iterable[Example]) -> Report:
    """Have solutions labelled by the scorer, but for those the file that is written has already.

    Raises:
        StrategyRefused: there is no scorer of that name.
        UnfitScorer: the scorer gives no such labels.
        OutputRefused: the file holds another's.
        ScorerUnavailable: the scorer is down. What was labelled by then is written.
    """
    assert asked.scorer
    scorer = service.alone(asked.scorer)
    judging = Judging(scorer, asked.step_end, concurrency=asked.concurrency)
    supervision = Supervision(judging, asked.threshold, asked.outcomes)
    beside = asked.beside("unlabelled")
    with appended(asked.out) as write, anew(beside) as leave_out:
        done = _done(asked.out, supervision.source)
        resumed = done.total()
        with counted("solutions") as one_more:

            def keep(example: Example) -> None:
                write(line_of(example))
                one_more()

            def leave(example: Example, reason: str) -> None:
                leave_out(_unlabelled(example, reason))
                one_more()

            counts = await supervision.label(_new(solutions, done), keep, leave)
    told: Figures = {
        "labelled": dict(counts.labelled),
        "steps": dict(counts.steps),
        "unlabelled": counts.unlabelled,
        "labelled_before": resumed,
        "out": str(asked.out),
        "unlabelled_out": str(beside) if counts.unlabelled else None,
    }
    return Report(told)


def _done(path: Path, source: str) -> Counter[str]:
    """Return what a file has labels of, by key; they must be of this source."""
    done: Counter[str] = Counter()
    for example in read_examples(path):
        if not (example.source or "").endswith(source):
            raise OutputRefused(path, f"holds labels of {example.source!r}, not of {source!r}")
        done[key_of(example.question, example.steps)] += 1
    return done


def _new(solutions: Iterable[Example], done: Counter[str]) -> Iterator[Example]:
    """Give the solutions that are not done: of equal ones, as many as there are more."""
    for example in solutions:
        key = key_of(example.question, example.steps)
        if done[key]:
            done[key] -= 1
        else:
            yield example


def _unlabelled(example: Example, reason: str) -> str:
    told = {"reason": reason, "example": example.model_dump(exclude_none=True)}
    return json.dumps(told, ensure_ascii=False) + "\n"


PRM = Way(
    _prm,
    frozenset(
        {"scorer", "threshold", "outcomes", "step_end", "concurrency", "engine_url", "config"}
    ),
    needs=("scorer",),
)
