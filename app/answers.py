"""What is said of an answered question: as lines for people, as one object for programs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pydantic import JsonValue

from scorers.answers import final_answer
from scorers.base import Candidate, Scored
from search import Outcome, Task
from search.strategies import Strategy


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, how it was searched for, and what came of it in how many `seconds`."""

    task: Task
    strategy: Strategy
    limits: Mapping[str, float]
    model: str
    outcome: Outcome
    seconds: float

    def plain(self) -> dict[str, JsonValue]:
        """Return everything there is to say, as JSON has it."""
        outcome, chosen = self.outcome, self.outcome.answer
        scored = chosen if isinstance(chosen, Scored) else None
        final = final_answer(chosen.answer, self.task.pattern)
        return {
            "question": self.task.conversation.messages[-1].content,
            "text": chosen.answer,
            "answer": final.text if final else None,
            "finish": chosen.finish,
            "score": scored.score if scored else None,
            "scorer": scored.scorer if scored else None,
            "stop": outcome.stop,
            "exhausted": outcome.exhausted,
            "usage": {
                "generator": asdict(outcome.generator),
                "verifier": asdict(outcome.verifier),
                "total": asdict(outcome.usage),
            },
            "seconds": round(self.seconds, 3),
            "degradations": list(outcome.degradations),
            "strategy": self.strategy.model_dump(mode="json"),
            "budget": dict(self.limits),
            "model": self.model,
            "seed": self.task.seed,
        }

    def differing(self, result: Mapping[str, JsonValue]) -> list[str]:
        """Return the fields in which an earlier result differs; how long it took is not one."""
        now = self.plain()
        return [name for name in now if name != "seconds" and now[name] != result.get(name)]

    def lines(self) -> str:
        """Return the answer and what it cost, for a person to read."""
        outcome, chosen = self.outcome, self.outcome.answer
        drawn, judged = outcome.generator.completion_tokens, outcome.verifier.completion_tokens
        short = f" of {outcome.exhausted}" if outcome.exhausted else ""
        lines = [
            chosen.answer.strip() or _missing(chosen),
            "",
            f"model     {self.model}",
            f"strategy  {self.strategy.kind}, {len(outcome.ranked)} solutions{_score(chosen)}",
            f"tokens    {drawn + judged} ({drawn} drawn, {judged} by verifiers), "
            f"{outcome.usage.calls} calls",
            f"seconds   {self.seconds:.1f}",
            f"stop      {outcome.stop}{short}",
            *(f"degraded  {why}" for why in outcome.degradations),
        ]
        return "\n".join(lines)


def _missing(chosen: Candidate) -> str:
    """Say why there is no answer to show."""
    thinking = chosen.steps and chosen.unanswered
    why = "the model was still thinking" if thinking else "the budget allowed none"
    return f"(no answer: {why})"


def _score(chosen: object) -> str:
    if not isinstance(chosen, Scored) or chosen.score is None:
        return ""
    return f", the answer scored {chosen.score:.3f} by {chosen.scorer}"
