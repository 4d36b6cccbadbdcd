"""The solutions of a search that were judged, with the last that each scorer said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engines.conversation import Conversation
from engines.tasks import collect
from scorers.answers import Grader, final_answer
from scorers.base import Candidate, Ending, Verdict
from search.events import Judged
from training.traces import StoredSearch

_Key: TypeAlias = tuple[str, Conversation, tuple[str, ...], Ending | None]


@dataclass(frozen=True, slots=True)
class Opined:
    """A candidate, and what the scorer named `scorer` said of it: `None` if it abstained.

    `relative` is whether that depended on who else was judged.
    """

    candidate: Candidate
    verdict: Verdict | None
    scorer: str
    relative: bool


def judged(search: StoredSearch) -> list[Opined]:
    """Return every candidate once for each scorer that was asked of it, in order first seen."""
    found: dict[_Key, Opined] = {}
    for event in search.events:
        if not isinstance(event, Judged):
            continue
        pairs = zip(event.candidates, event.judgement.opinions, strict=True)
        for candidate, opinion in pairs:
            verdict = opinion if isinstance(opinion, Verdict) else None
            opined = Opined(candidate, verdict, event.scorer, event.relative)
            found[_key(event.scorer, candidate)] = opined
    return list(found.values())


def _key(scorer: str, candidate: Candidate) -> _Key:
    texts = tuple(step.text for step in candidate.steps)
    return scorer, candidate.prompt.conversation, texts, candidate.finish


def answer_of(candidate: Candidate, pattern: str | None) -> str | None:
    """Return the final answer of a solution, `None` if it gives none."""
    found = final_answer(candidate.answer, pattern)
    return found.text if found else None


async def right_of(
    answers: Sequence[str | None], truth: str | None, grader: Grader
) -> list[bool | None]:
    """Say which of (N,) answers are the true one; `None` for all if that is not known.

    No answer is not the true one.
    """
    if truth is None:
        return [None] * len(answers)
    given = list(dict.fromkeys(answer for answer in answers if answer is not None))
    equal = await collect(grader.equal(truth, answer) for answer in given)
    right = dict(zip(given, equal, strict=True))
    return [answer is not None and right[answer] for answer in answers]
