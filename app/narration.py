"""A search told in short lines while it goes on: what clients show as a model's reasoning.

Nothing is told that the answer's `search` does not hold. No line quotes a prompt or a solution.
"""

from app.plan import Plan
from engines.base import Generation
from scorers.answers import Answers
from scorers.base import Judgement, Scored, Verdict
from search import Outcome
from search.events import Compared, Degraded, Event, Generated, Grouped, Judged, Noted

MOST_LINES = 200
"""Lines of one search; what happens after that is told by its end alone."""


class Narration:
    """Folds a search's events into lines; those of one kind that follow each other are one."""

    def __init__(self, plan: Plan) -> None:
        told = plan.strategy.model_dump(mode="json", exclude={"kind"})
        small = {name: value for name, value in told.items() if isinstance(value, int | float)}
        how = ", ".join(f"{name} {value}" for name, value in small.items())
        whole = f"{plan.strategy.kind} ({how})" if how else plan.strategy.kind
        self._waiting = [f"Searching by {whole}, as {plan.source} says."]
        self._lines = 1
        self._samples = self._tokens = self._judged = 0
        self._best: float | None = None

    def hear(self, event: Event) -> None:
        """Take note of an event of the search."""
        if isinstance(event, Generated):
            self._flush_judged()
            self._draw(event.generation)
        elif isinstance(event, Judged):
            self._flush_drawn()
            self._judge(event.judgement)
        elif isinstance(event, Compared | Grouped | Degraded | Noted):
            self._flush()
            self._say(_line(event))

    def take(self) -> str:
        """Return the lines told since the last time."""
        lines, self._waiting = self._waiting, []
        return "".join(f"{line}\n" for line in lines)

    def end(self, outcome: Outcome) -> str:
        """Return what is left to tell, and how the search ended."""
        self._flush()
        return f"{self.take()}{_verdict(outcome)}\n"

    def _draw(self, generation: Generation) -> None:
        self._samples += len(generation.samples)
        self._tokens += generation.usage.completion_tokens

    def _judge(self, judgement: Judgement) -> None:
        self._judged += len(judgement.opinions)
        scores = [one.score for one in judgement.opinions if isinstance(one, Verdict)]
        self._best = max([*scores, *([] if self._best is None else [self._best])], default=None)

    def _flush(self) -> None:
        self._flush_drawn()
        self._flush_judged()

    def _flush_drawn(self) -> None:
        if self._samples:
            self._say(f"Drew {_count(self._samples, 'sample')}, {_count(self._tokens, 'token')}.")
        self._samples = self._tokens = 0

    def _flush_judged(self) -> None:
        if self._judged:
            best = (
                "none could be" if self._best is None else f"the best so far has {self._best:.3f}"
            )
            self._say(f"Judged {self._judged}: {best}.")
        self._judged = 0

    def _say(self, line: str) -> None:
        if line and self._lines < MOST_LINES:
            self._waiting.append(line)
            self._lines += 1


def _line(event: Compared | Grouped | Degraded | Noted) -> str:
    if isinstance(event, Compared):
        return f"Compared {_count(len(event.pairs), 'pair')} of solutions."
    if isinstance(event, Grouped):
        return _grouped(event.answers)
    if isinstance(event, Degraded):
        return f"Note: {event.reason}."
    reason = event.data.get("reason")
    return f"The policy: {reason}." if event.label == "advice" and reason else ""


def _grouped(answers: Answers) -> str:
    groups = [group for group in answers.groups if group is not None]
    most = max((groups.count(group) for group in set(groups)), default=0)
    if not most:
        return f"Found no final answer in {_count(len(answers.texts), 'solution')}."
    return (
        f"Found {_count(len(set(groups)), 'answer')} in {_count(len(answers.texts), 'solution')}; "
        f"the commonest is in {most}."
    )


def _verdict(outcome: Outcome) -> str:
    ended = {
        "finished": "The search came to its end",
        "budget": f"The search ran out of {outcome.exhausted}",
        "deadline": "The search ran out of time",
    }[outcome.stop]
    return f"{ended}; {_chosen(outcome)}."


def _chosen(outcome: Outcome) -> str:
    among = _count(len(outcome.ranked), "solution")
    if not isinstance(outcome.answer, Scored) or outcome.answer.score is None:
        return f"the answer is one of {among}, without a score"
    by = outcome.answer.scorer
    return f"the answer is one of {among}, with the score {outcome.answer.score:.3f} by {by}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
