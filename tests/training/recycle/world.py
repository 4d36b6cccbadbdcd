"""Pairs that a scripted teacher makes better, and a student whose scores are given."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from engines.base import Request, Usage
from engines.fake import FakeEngine
from training.pairs import Pair
from training.recycle.path import Outcome
from training.recycle.records import Failed, opened
from training.recycle.reflection import Teacher
from training.recycle.run import Run
from training.recycle.samples import Data, Sample
from training.recycle.scores import Losses, Scores

PAIRS = tuple(Pair(f"ask {i}", f"say {i}", form="alpaca") for i in range(1, 7))


class Plain(NamedTuple):
    """Two scores, and nothing else."""

    ifd: float
    r_ifd: float


def better(request: Request, i: int = 0) -> str:
    """Write an instruction of "ask more", and answers of "say better"; 2 is refused, 3 cut off."""
    number = number_of(request)
    if "instruction" in request.id:
        new = f"[New Instruction] ask more {number} [End] [New Answer] say more {number} [End]"
        return {2: "It is fine.", 3: new[:-5]}.get(number, new)
    return f"Short. [Better Answer] say better {number} [End]"


def number_of(request: Request) -> int:
    return int(request.id.partition(".")[0])


def longer_is_better(pair: Pair) -> Plain:
    """Find instructions of more words harder, and those with better answers easier to guess."""
    return Plain(
        0.5 + 0.1 * len(pair.instruction.split()), 0.7 if "better" in pair.response else 0.9
    )


class Likes:
    """A student whose scores are a function's; what it scored is in `seen`."""

    def __init__(self, scores: Callable[[Pair], Plain] = longer_is_better) -> None:
        self._scores, self.seen = scores, list[Pair]()

    async def score(self, pairs: Sequence[Pair], *, request_id: str) -> list[Scores]:
        self.seen += pairs
        return [self._one(pair) for pair in pairs]

    def _one(self, pair: Pair) -> Scores:
        words = len(pair.instruction.split()), len(pair.response.split())
        return Scores(*self._scores(pair), *words, Losses(), usage=Usage(prompt_tokens=sum(words)))


def data(pairs: Sequence[Pair] = PAIRS, answers: Sequence[str] = ()) -> Data:
    """Return pairs as they are recycled; with answers, those are their better responses."""
    given: Sequence[str | None] = answers or [None] * len(pairs)
    return Data.of(
        lambda: (Sample(i, *both) for i, both in enumerate(zip(pairs, given, strict=True), 1))
    )


async def run(
    folder: Path,
    teacher: FakeEngine | None = None,
    student: Likes | None = None,
    *,
    given: Data | None = None,
    concurrency: int = 2,
) -> dict[int, Outcome | Failed]:
    """Recycle pairs with a journal in a folder; return what became of each."""
    came: dict[int, Outcome | Failed] = {}
    with opened(folder / "journal.jsonl", {"data": "d"}) as records:
        work = Run(Teacher(teacher or FakeEngine(better)), student or Likes(), records)
        await work.work(
            given or data(),
            concurrency=concurrency,
            progress=lambda sample, what: came.__setitem__(sample.id, what),
        )
    return came
