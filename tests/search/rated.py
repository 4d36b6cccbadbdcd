"""A world whose steps tell where they come from, and a process reward model told what to say."""

from collections import Counter
from collections.abc import Callable

from engines.base import Request
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Candidate, Judgement, Verdict
from tests.search.world import SharesOfB


class Rater(SharesOfB):
    """A process reward model that rates each prefix of a solution as `rate` says."""

    name = "rater"

    def __init__(self, rate: Callable[[str], float]) -> None:
        self.rate = rate

    def bound(self, candidates) -> Usage:
        return Usage(calls=1)

    async def judge(self, candidates) -> Judgement:
        verdicts = [self.verdict(c) for c in candidates]
        return Judgement(tuple(verdicts), self.bound(candidates))

    def verdict(self, candidate: Candidate) -> Verdict:
        texts = [step.text for step in candidate.steps]
        rewards = tuple(self.rate("".join(texts[: i + 1])) for i in range(len(texts)))
        return Verdict(rewards[-1], rewards)


def three_steps(request: Request, i: int) -> str:
    """Say which sample it is, step by step; the third gives the answer."""
    said = request.text.split("\n\n")[:-1]
    return f"Answer: {'-'.join([*said, str(i)])}" if len(said) == 2 else f"{i}\n\n"


def drawn_by_round(engine: FakeEngine) -> list[int]:
    rounds: Counter[str] = Counter()
    for request in engine.seen:
        rounds[request.id.partition(".")[0]] += request.n
    return list(rounds.values())
