"""Questions whose solutions are scripts, and an engine that follows them to the letter."""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.base import Request, Sampling
from engines.fake import FakeEngine
from tests.search.world import LastWord
from training.rollouts.label import Labels, label
from training.rollouts.plan import Plan

SAMPLING = Sampling(max_tokens=50, temperature=0.8)
RIGHT = ("one\n\n", "two\n\n", "three\n\n", "Answer: 4")
WRONG_AT_2 = ("one\n\n", "oops\n\n", "so\n\n", "then\n\n", "Answer: 5")


@dataclass(frozen=True)
class Asked:
    """A question."""

    id: str = "q"
    text: str = "2 + 2?"
    truth: str = "4"


def scripted(*scripts: Sequence[str]) -> FakeEngine:
    """Return what draws these solutions in turn; roll-outs are right unless one of "oops" is in."""

    def reply(request: Request, i: int) -> str:
        if is_rollout(request):
            return "Answer: 5" if "oops" in request.text else "Answer: 4"
        return "".join(scripts[solution_of(request, i) % len(scripts)])[len(request.text) :]

    return FakeEngine(reply)


def is_rollout(request: Request) -> bool:
    """Say whether a request is for roll-outs: its name says of what."""
    return request.id.split(".")[1].startswith("r")


def solution_of(request: Request, i: int) -> int:
    """Return which solution a step is of."""
    place = request.id.split(".")[1]
    return int(place[1:] or i)


def rolled(engine: FakeEngine) -> list[str]:
    """Return what the engine was asked to roll out."""
    return [request.text for request in engine.seen if is_rollout(request)]


async def labelled(
    engine: FakeEngine, by: str = "rollouts", question: Asked | None = None, **plan: object
) -> Labels:
    """Label a question; by default one solution, and four roll-outs."""
    options = {"by": by, "sampling": SAMPLING, "samples": 1, "rollouts": 4} | plan
    return await label(question or Asked(), Plan(**options), engine, LastWord())  # type: ignore[arg-type]
