"""Questions whose answers are known, and an engine that gets every other one right."""

import re
from pathlib import Path

from engines.base import Request, Sampling
from engines.fake import FakeEngine
from evaluation.datasets import Question
from evaluation.report import Report
from evaluation.run import evaluate
from search import Budget, Models
from search.strategies import BestOfN
from tests.search.world import models

ANSWERS_BEFORE_HANGING = 5
QUESTIONS = tuple(Question(f"q{i}", f"What is {i} + 0?", str(i)) for i in range(12))
SAMPLING = Sampling(max_tokens=50, temperature=0.8)
STRATEGY = BestOfN(n=4)


def asked(request: Request) -> str:
    """Return the text of the question a request asks."""
    return request.prompt.conversation.messages[-1].content


def say(request: Request, i: int) -> str:
    """Give the right answer to even numbers, in every other sample."""
    [number] = map(int, re.findall(r"(\d+) \+ 0", asked(request)))
    return f"Answer: {number if number % 2 == 0 and i % 2 == 0 else 'unknown'}"


async def run(
    engine: FakeEngine | None = None, out: Path | None = None, **options: object
) -> Report:
    """Evaluate on the small world."""
    world: Models = models(engine or FakeEngine(say))
    defaults: dict[str, object] = {
        "questions": QUESTIONS,
        "strategy": STRATEGY,
        "models": world,
        "budget": Budget(),
        "sampling": SAMPLING,
        "out": out,
    }
    return await evaluate(**defaults | options)  # type: ignore[arg-type]
