"""What costs nothing, on the same solutions: the generator's confidence, and the vote.

An abstention counts as the score 0 here, for a search puts who has no score last.
"""

from collections.abc import Mapping, Sequence

from engines.base import Prompt
from engines.conversation import Conversation, Message
from evaluation.verification import Rated
from scorers.answers import Grader
from scorers.base import Verdict
from scorers.vote import Vote
from search.scoring import ended, solution
from training.examples import Example

Rates = Mapping[str, Sequence[Rated]]
"""By question."""


def by_confidence(examples: Sequence[Example]) -> Rates | None:
    """Return what confidence gave (N,) solutions with outcomes; `None` if not all have theirs."""
    rates: dict[str, list[Rated]] = {}
    for example in examples:
        if example.confidence is None:
            return None
        rated = Rated(example.confidence, float(bool(example.outcome)))
        rates.setdefault(example.question, []).append(rated)
    return rates


async def by_vote(examples: Sequence[Example], grader: Grader, step_end: str) -> Rates:
    """Return the shares of (N,) solutions with outcomes, among those of the same question."""
    grouped: dict[str, list[Example]] = {}
    for example in examples:
        grouped.setdefault(example.question, []).append(example)
    return {
        question: await _voted(question, own, Vote("vote", grader, None), step_end)
        for question, own in grouped.items()
    }


async def _voted(
    question: str, examples: Sequence[Example], vote: Vote, step_end: str
) -> list[Rated]:
    prompt = Prompt(Conversation((Message("user", question),)))
    shown = [solution(prompt, ended(e.steps, step_end), finished=True) for e in examples]
    opinions = (await vote.judge(shown)).opinions
    return [
        Rated(o.score if isinstance(o, Verdict) else 0.0, float(bool(e.outcome)))
        for e, o in zip(examples, opinions, strict=True)
    ]
