"""Labels that cost no model: those of PRM800K, and outcomes by the grader."""

from dataclasses import asdict

from app.commands.labelling.asked import Asked, Report, Way, counted
from app.commands.running import run
from scorers.equality import MathGrader
from training.examples import line_of
from training.label.batches import batches
from training.label.grading import Graded, Grading
from training.label.prm800k import Imported, choose, import_rows
from training.label.solutions import gradable, read_solutions
from training.writing import whole

_TOGETHER = 64
_REPORTED = ("rows_kept", "rows_dropped", "labels_kept", "labels_dropped", "examples")


def _prm800k(asked: Asked) -> Report:
    counts = Imported()
    wanted = choose(asked.phase, asked.generations)
    examples = import_rows(asked.file, counts, wanted, skip_broken=asked.skip_broken)
    with whole(asked.out) as write, counted("examples") as one_more:
        for example in examples:
            write(line_of(example))
            one_more()
    told = {name: dict(getattr(counts, name)) for name in _REPORTED}
    return Report(told | {"out": str(asked.out)})


def _outcome(asked: Asked) -> Report:
    return run(_grade(asked))


async def _grade(asked: Asked) -> Report:
    solutions = gradable(asked.file, read_solutions(asked.file, asked.step_end))
    counts = Graded()
    async with MathGrader() as grader:
        grading = Grading(grader, asked.step_end, asked.pattern)
        with whole(asked.out) as write, counted("solutions") as one_more:
            for some in batches(solutions, _TOGETHER):
                for example in await grading.grade(some):
                    write(line_of(example))
                    counts.count(example)
                    one_more()
    return Report(asdict(counts) | {"out": str(asked.out)})


PRM800K = Way(_prm800k, frozenset({"phase", "generation", "skip_broken"}))
OUTCOME = Way(_outcome, frozenset({"step_end", "pattern"}))
