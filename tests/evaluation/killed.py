"""Evaluate until the engine hangs, saying each id as it is recorded: for a test that kills this."""

import asyncio
import sys
from pathlib import Path

from engines.base import Request
from engines.fake import FakeEngine
from evaluation.records import Record
from evaluation.run import evaluate
from search import Budget
from tests.evaluation.world import ANSWERS_BEFORE_HANGING, QUESTIONS, SAMPLING, STRATEGY, say
from tests.search.world import models


async def until_it_hangs(out: Path) -> None:
    def latency(request: Request) -> float:
        return 0 if len(engine.seen) <= ANSWERS_BEFORE_HANGING else 600

    engine = FakeEngine(say, latency=latency)
    world = models(engine)
    await evaluate(
        QUESTIONS, STRATEGY, world, Budget(), sampling=SAMPLING, out=out, progress=announce
    )


def announce(record: Record) -> None:
    sys.stdout.write(f"{record.id}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(until_it_hangs(Path(sys.argv[1])))
