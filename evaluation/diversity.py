"""How many ideas there are among the programs of a run, by question.

Source: arXiv:2409.03733, section 6.1; how it is measured is in `scorers.diversity`. A question with
fewer than two programs has no pairs, and no part in the mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter

from engines.base import Engine
from engines.usage import Usage
from evaluation.runfile import RunFile
from evaluation.statistics import Estimate, mean
from scorers.diversity import PROMPT_VERSION, Comparing, IdeaDiversity, idea_diversity
from training.journal import Journal, Settings, journal


@dataclass(frozen=True, slots=True)
class Measured:
    """The ideas among one question's programs; `id` is the question's."""

    id: str
    found: IdeaDiversity


_LINE: TypeAdapter[Measured] = TypeAdapter(Measured)
Listener: TypeAlias = Callable[[Measured], None]


@dataclass(frozen=True, slots=True)
class Diversity:
    """How diverse the ideas of a run are.

    Attributes:
        questions: (Q,) what was found of each that has programs.
        mean: of D over those with two or more, with its 95 % interval; `None` if there are none.
        usage: what asking cost, of those asked before, too.
    """

    questions: tuple[Measured, ...]
    mean: Estimate | None
    usage: Usage


async def diversities(
    run: RunFile,
    judge: Engine,
    how: Comparing,
    out: Path,
    *,
    seed: int = 0,
    progress: Listener = lambda _: None,
) -> Diversity:
    """Compare the programs of each question two by two; the seed draws for the interval.

    `out` has a line for each question as it is done; those it holds are not asked about again.

    Raises:
        RunFileError: the run did not record its solutions.
        OutputRefused: `out` is of another run, or cannot be written.
        EngineError: the judge failed three times on one question.
    """
    run.drawn()
    setup: Settings = {
        "run": run.setup.fingerprint,
        "judge": judge.capabilities.model,
        "prompts": PROMPT_VERSION,
        "most": how.most,
        "order": how.seed,
    }
    with journal(out, setup) as kept:
        known = _known(kept)
        for record in run.answered.values():
            if record.id not in known:
                programs = [one.answer or "" for one in record.drawn]
                found = await idea_diversity(record.question, programs, judge, how)
                known[record.id] = Measured(record.id, found)
                kept.add(_LINE.dump_json(known[record.id]))
            progress(known[record.id])
    return _summed([known[record.id] for record in run.answered.values()], seed)


def _known(kept: Journal) -> dict[str, Measured]:
    return {measured.id: measured for measured in kept.read(_LINE)}


def _summed(measured: Sequence[Measured], seed: int) -> Diversity:
    ds = [one.found.diversity for one in measured if one.found.diversity is not None]
    usage = sum((one.found.usage for one in measured), start=Usage())
    return Diversity(tuple(measured), mean(ds, seed) if ds else None, usage)
