"""Judging solutions that no search has drawn: the chain of scorers alone.

Knows texts and who judges them. Nothing is drawn, so nothing is rendered by an engine either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.base import Prompt, Step
from engines.usage import Usage
from scorers.base import Candidate, Scored, Scorer, ScorerUnavailable
from search.budget import Budget, Ledger
from search.events import Event, Judged
from search.judging import Judges
from search.recorder import Recorder

_UNLIMITED = Budget()


@dataclass(frozen=True, slots=True)
class Scores:
    """What was said of (N,) solutions, in their order, and what judging them cost.

    `degradations` say who was not judged, and which scorer took another's place, and why.
    """

    scored: tuple[Scored, ...]
    usage: Usage
    degradations: tuple[str, ...]


def split(text: str, end: str) -> tuple[str, ...]:
    """Return the (S,) steps of a text, each but the last with the `end` that ends it."""
    *ended, last = text.split(end)
    return (*(piece + end for piece in ended), *([last] if last else []))


def ended(steps: Sequence[str], end: str) -> tuple[str, ...]:
    """Return (S,) steps so that they join to a text: each but the last ends with `end`."""
    *first, last = steps or [""]
    closed = (step if step.endswith(end) else step + end for step in first)
    return (*closed, *([last] if steps else []))


def solution(prompt: Prompt, steps: Sequence[str], *, finished: bool) -> Candidate:
    """Return what somebody wrote as a candidate: its steps have texts, but no tokens."""
    return Candidate(prompt, tuple(Step(text, 0) for text in steps), "eos" if finished else None)


def unfit(scorer: Scorer, *, finished: bool) -> str | None:
    """Return why a scorer cannot judge solutions that no search has drawn, if it cannot."""
    if scorer.alternatives:
        return (
            f"scorer {scorer.name} reads the log-probabilities with which a solution was drawn, "
            "and a text has none"
        )
    return None if finished or scorer.partial else f"scorer {scorer.name} judges whole ones only"


async def score_solutions(
    solutions: Sequence[Candidate], scorers: Sequence[Scorer], budget: Budget = _UNLIMITED
) -> Scores:
    """Judge (N,) solutions together, equal ones once, by the first of the chain that can.

    Where every scorer that answers abstains on all of them, the last one's reasons are returned.

    Raises:
        ScorerUnavailable: every scorer failed.
        BudgetExhausted: judging them could cost more than there is.
    """
    heard: list[Event] = []
    ledger, record = Ledger(budget), Recorder(heard.append)
    scored = await Judges(scorers, ledger, record).ask(solutions)
    if scored is None:
        scored = _refused(solutions, [event for event in heard if isinstance(event, Judged)])
        if scored is None:
            raise ScorerUnavailable("; ".join(record.degradations))
    return Scores(tuple(scored), ledger.spent["verifier"], tuple(record.degradations))


def _refused(solutions: Sequence[Candidate], judged: Sequence[Judged]) -> list[Scored] | None:
    """Return the solutions with the reasons of the last scorer that abstained on all of them."""
    if not judged:
        return None
    last = judged[-1]
    reasons = dict(zip(last.candidates, last.judgement.opinions, strict=True))
    return [
        Scored(c.prompt, c.steps, c.finish, opinion=reasons[c], scorer=last.scorer)
        for c in solutions
    ]
