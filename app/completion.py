"""The JSON we give: outcomes as OpenAI's chat completions and their chunks."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from secrets import token_hex
from typing import Any

from pydantic import TypeAdapter

from app.plan import Plan
from app.wire import ChatRequest
from engines.base import Sampling, Usage
from scorers.base import Abstention, Candidate, Scored
from search import Outcome
from search.events import Drafted, Event

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


@dataclass(frozen=True, slots=True)
class Completion:
    """One answered request: everything its JSON is written from."""

    request: ChatRequest
    plan: Plan
    outcome: Outcome
    trace: list[Event]
    seconds: float

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        """The choices: the best `n` solutions."""
        return self.outcome.ranked[: self.request.n]

    def usage(self) -> dict[str, Any]:
        """Return OpenAI's usage: every token drawn, those not in an answer as reasoning."""
        spent = self.outcome.generator
        shown = sum(candidate.answer_tokens for candidate in self.chosen)
        return {
            "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens,
            "total_tokens": spent.prompt_tokens + spent.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": spent.cached_tokens},
            "completion_tokens_details": {
                "reasoning_tokens": max(0, spent.completion_tokens - shown)
            },
        }

    def said(self, candidate: Candidate) -> dict[str, Any]:
        """Return what is told of a solution: its answer, and its thinking if that was asked for."""
        said: dict[str, Any] = {"content": candidate.answer}
        if self.request.shows_reasoning:
            said["reasoning"] = candidate.thinking or None
        return said

    def search(self) -> dict[str, Any]:
        """Return how the answer was found, and at what cost."""
        outcome, asked = self.outcome, self.request.search
        report = {
            "strategy": self.plan.strategy.model_dump(mode="json"),
            **_opinion(outcome.answer),
            "stop": outcome.stop,
            "exhausted": outcome.exhausted,
            "budget": self.plan.limits.model_dump(exclude_none=True),
            "sampling": _sampling(self.plan.task.sampling),
            "spent": {
                "seconds": round(self.seconds, 4),
                "generator": _spent(outcome.generator),
                "verifier": _spent(outcome.verifier),
            },
            "degradations": list(outcome.degradations),
        }
        if asked.candidates:
            ranked = outcome.ranked[: asked.candidates]
            report["candidates"] = [{**self.said(c), **_opinion(c)} for c in ranked]
        if asked.trace:
            report["trace"] = [_EVENT.dump_python(event, mode="json") for event in self.trace]
        return report

    def body(self) -> dict[str, Any]:
        """Return OpenAI's `chat.completion`."""
        choices = [
            {
                "index": i,
                "message": {"role": "assistant", **self.said(candidate), "refusal": None},
                "finish_reason": finish_reason(candidate),
                "logprobs": None,
            }
            for i, candidate in enumerate(self.chosen)
        ]
        head = Head(self.request.model).fields("chat.completion")
        return head | {"choices": choices, "usage": self.usage(), "search": self.search()}


class Head:
    """What all chunks of one completion have in common."""

    def __init__(self, model: str) -> None:
        self._fields = {
            "id": f"chatcmpl-{token_hex(12)}",
            "created": int(time.time()),
            "model": model,
        }

    def fields(self, kind: str) -> dict[str, Any]:
        """Return them for an object of this kind."""
        return {**self._fields, "object": kind}

    def chunk(self, index: int, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """Return one `chat.completion.chunk` with one choice."""
        choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self.fields("chat.completion.chunk") | {"choices": [choice]}

    def usage(self, usage: dict[str, Any]) -> dict[str, Any]:
        """Return the last chunk, which has no choice but the bill."""
        return self.fields("chat.completion.chunk") | {"choices": [], "usage": usage}


def finish_reason(candidate: Candidate) -> str:
    """Return OpenAI's word for why a solution ended; one that could go on was cut short."""
    return "length" if candidate.finish in ("length", None) else "stop"


def pieces(text: str) -> Iterator[str]:
    """Cut an answer that is known as a whole into words, to be streamed."""
    start = 0
    for place in range(1, len(text)):
        if text[place - 1].isspace() and not text[place].isspace():
            yield text[start:place]
            start = place
    if text:
        yield text[start:]


def kept(event: Event) -> bool:
    """Say whether an event belongs in a trace."""
    return not isinstance(event, Drafted)


def _opinion(candidate: Candidate) -> dict[str, Any]:
    if not isinstance(candidate, Scored):
        return {"score": None, "scorer": None}
    if isinstance(candidate.opinion, Abstention):
        return {"score": None, "scorer": candidate.scorer, "abstained": candidate.opinion.reason}
    rewards = list(candidate.opinion.rewards)
    return {"score": candidate.score, "scorer": candidate.scorer, "rewards": rewards}


def _sampling(how: Sampling) -> dict[str, Any]:
    return {
        "max_tokens": how.max_tokens,
        "temperature": how.temperature,
        "top_p": how.top_p,
        "thinking_tokens": how.thinking_tokens,
    }


def _spent(usage: Usage) -> dict[str, Any]:
    return asdict(usage)
