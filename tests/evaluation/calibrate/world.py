"""Pools that were never drawn, and a small world in which some can be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from engines.base import Request
from engines.fake import FakeEngine
from engines.usage import Usage
from evaluation.calibrate.calibration import Calibration
from evaluation.calibrate.ease import Probe
from evaluation.calibrate.families import strategies
from evaluation.calibrate.how import How
from evaluation.calibrate.pool import Pooled, Solution
from evaluation.calibrate.replaying import Table
from scorers.base import Abstention, Verdict
from search.policy.choice import PLAIN
from tests.evaluation.world import QUESTIONS, SAMPLING, asked
from tests.search.world import SharesOfB, models


def how(engine: FakeEngine | None = None, folder: Path | None = None, *scorers: SharesOfB) -> How:
    return How(models(engine or FakeEngine(a_or_b), *scorers), SAMPLING, folder)


def pooled(
    scores: Sequence[float | None],
    right: Sequence[bool],
    groups: Sequence[int | None] | None = None,
    id_: str = "q",
) -> Pooled:
    """Have solution i take i + 1 tokens and answer with its group, which else is if it is right."""
    found = [int(not one) for one in right] if groups is None else groups
    solutions = tuple(
        Solution(
            f"{i} Answer: {group}" if group is not None else f"{i}",
            i + 1,
            "eos",
            None if group is None else str(group),
            group,
            good,
            Abstention("silent") if score is None else Verdict(score, (score,)),
            -0.5,
        )
        for i, (score, good, group) in enumerate(zip(scores, right, found, strict=True))
    )
    return Pooled(
        id_, f"{id_}?", "0", solutions, "shares_of_b", None, Usage(), Usage(), seconds=1.0
    )


def table(one: Pooled) -> Table:
    return Table(one, how())


def a_or_b(request: Request, i: int) -> str:
    """Be right, as the scorer likes it, in about half of the samples of even questions."""
    number = int(asked(request).split()[2])
    right = number % 2 == 0 and (request.seed >> (i % 32)) % 2 == 0
    return f"{'b' if right else 'a'} Answer: {number if right else 'unknown'}"


@contextmanager
def no_bar(total: int, doing: str) -> Iterator[Callable[[str], None]]:
    yield lambda _: None


def calibration(
    folder: Path | None = None, engine: FakeEngine | None = None, **options: object
) -> Calibration:
    """Calibrate on the small world, from pools of 8."""
    made = Calibration(
        QUESTIONS,
        [PLAIN, *strategies(["majority", "best_of_n"], (2, 4), stepwise=False)],
        how(engine, folder),
        8,
        Probe("score", 2),
        no_bar,
    )
    return replace(made, **options)  # type: ignore[arg-type]
