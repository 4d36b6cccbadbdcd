"""The JSON we give: outcomes as OpenAI's chat completions and their chunks."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import version
from secrets import token_hex
from typing import Any

from pydantic import JsonValue, TypeAdapter

from app.logprobs import UNKNOWN, chat_logprobs, tokens_of
from app.narration import Narration
from app.plan import Plan
from app.tree_events import tree_of
from app.wire import ChatRequest
from engines.base import Sampling
from engines.drawn import Drawn
from engines.tool_calls import Said, read_calls
from engines.usage import Usage
from scorers.base import Abstention, Candidate, Scored
from scorers.tool_form import names_of
from search import Outcome
from search.events import Drafted, Event

_MEASURED = ("estimator", "samples")
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


@dataclass(frozen=True, slots=True)
class Head:
    """What the body or all chunks of one completion have in common."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    fingerprint: str | None = None

    def fields(self, kind: str) -> dict[str, Any]:
        """Return them for an object of this kind."""
        told = {"id": self.id, "created": self.created, "model": self.model, "object": kind}
        return told | {"service_tier": "default", "system_fingerprint": self.fingerprint}

    def chunk(
        self,
        index: int,
        delta: dict[str, Any],
        finish: str | None = None,
        logprobs: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return one `chat.completion.chunk` with one choice."""
        choice = {"index": index, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
        return self.fields("chat.completion.chunk") | {"choices": [choice]}

    def logprobs(self, tokens: Sequence[Drawn], offset: int) -> dict[str, Any]:  # noqa: ARG002
        """Return the `logprobs` of the tokens of an answer from its character `offset` on."""
        return chat_logprobs(tokens)

    def usage(self, usage: dict[str, Any]) -> dict[str, Any]:
        """Return the last chunk, which has no choice but the bill."""
        return self.fields("chat.completion.chunk") | {"choices": [], "usage": usage}


@dataclass(frozen=True, slots=True)
class Completion:
    """One answered request: everything its JSON is written from."""

    head: Head
    request: ChatRequest
    plan: Plan
    outcome: Outcome
    trace: list[Event]
    seconds: float

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        """The choices: the best `n` solutions."""
        return self.outcome.ranked[: self.request.n]

    def said(self, candidate: Candidate) -> Said:
        """Return what a solution says: in words, and in calls if it came to an end with some."""
        tools = self.plan.task.conversation.tools
        if not tools or not candidate.whole:
            return Said(candidate.answer)
        return read_calls(candidate.answer, names_of(tools))

    def calls(self, place: int, candidate: Candidate) -> list[dict[str, Any]]:
        """Return the calls of the solution ranked at this place, as OpenAI has them."""
        return [
            {
                "id": f"call_{sha256(f'{self.head.id}/{place}/{i}'.encode()).hexdigest()[:24]}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for i, call in enumerate(self.said(candidate).calls)
        ]

    def tokens(self, candidate: Candidate) -> tuple[Drawn, ...] | None:
        """Return the tokens of what a solution says in words, if they are to be told and known."""
        if self.request.shown is None:
            return None
        return tokens_of(candidate, self.said(candidate).content)

    def logprobs(self, candidate: Candidate) -> dict[str, Any] | None:
        """Return the log-probabilities of a solution's words, if they are to be told and known."""
        tokens = self.tokens(candidate)
        return None if tokens is None else self.head.logprobs(tokens, 0)

    @property
    def degradations(self) -> list[str]:
        """What was not done as asked for, log-probabilities that are not known included."""
        asked = self.request.shown is not None
        lost = asked and any(self.tokens(candidate) is None for candidate in self.chosen)
        return [*self.outcome.degradations, *([UNKNOWN] if lost else [])]

    def finish_reason(self, candidate: Candidate) -> str:
        """Return OpenAI's word for why a solution ended; one that could go on was cut short."""
        if self.said(candidate).calls:
            return "tool_calls"
        return "length" if candidate.finish in ("length", None) else "stop"

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

    def search(self) -> dict[str, Any]:
        """Return how the answer was found, and at what cost."""
        outcome, asked = self.outcome, self.request.search
        report = {
            "trace_id": self.head.id,
            "strategy": self.plan.strategy.model_dump(mode="json"),
            **opinion_of(outcome.answer),
            "stop": outcome.stop,
            "exhausted": outcome.exhausted,
            "budget": self.plan.limits.model_dump(exclude_none=True),
            # A policy may have given it other pauses than the request has.
            "sampling": sampling_of(self.plan.task.sampling) | {"pause_tokens": outcome.pauses},
            "spent": {
                "seconds": round(self.seconds, 4),
                "generator": _spent(outcome.generator),
                "verifier": _spent(outcome.verifier),
            },
            "degradations": self.degradations,
        }
        if outcome.advice:
            report |= _advised(outcome.advice)
        if asked.reference is not None:
            report["reference"] = asked.reference
        if asked.candidates:
            ranked = outcome.ranked[: asked.candidates]
            report["candidates"] = [
                {**self.message(i, candidate), **opinion_of(candidate)}
                for i, candidate in enumerate(ranked)
            ]
        if asked.trace:
            report["trace"] = [_EVENT.dump_python(event, mode="json") for event in self.trace]
            report["tree"] = tree_of(self.trace, outcome.ranked)
        return report

    def narrated(self) -> dict[str, str]:
        """Return how the search went in lines, for the first choice, if that is asked for."""
        if not self.request.search.narrate:
            return {}
        narration = Narration(self.plan)
        for event in self.trace:
            narration.hear(event)
        return {"reasoning_content": narration.end(self.outcome)}

    def body(self) -> dict[str, Any]:
        """Return OpenAI's `chat.completion`."""
        choices = [
            {
                "index": i,
                "message": {
                    "role": "assistant",
                    "refusal": None,
                    **({} if i else self.narrated()),
                    **self.message(i, candidate),
                },
                "finish_reason": self.finish_reason(candidate),
                "logprobs": self.logprobs(candidate),
            }
            for i, candidate in enumerate(self.chosen)
        ]
        head = self.head.fields("chat.completion")
        if self.request.store:
            head["metadata"] = self.request.metadata
        return head | {"choices": choices, "usage": self.usage(), "search": self.search()}

    def message(self, place: int, candidate: Candidate) -> dict[str, Any]:
        """Return what is told of the solution ranked at this place.

        Its words; its calls if it has some; its thinking if that was asked for.
        """
        words, calls = self.said(candidate).content, self.calls(place, candidate)
        told: dict[str, Any] = {"content": words}
        if calls:
            told = {"content": words or None, "tool_calls": calls}
        if self.request.shows_reasoning:
            told["reasoning"] = candidate.thinking or None
        return told


def fingerprint_of(plan: Plan) -> str:
    """Return what stands for the model, its server and this version: the same while they are."""
    told = f"{version('fathom-serve')} {plan.models.engine.capabilities}"
    return f"fp_{sha256(told.encode()).hexdigest()[:10]}"


def call_deltas(calls: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give calls as a stream has them: each one's name first, its arguments in pieces after it."""
    for i, call in enumerate(calls):
        named = call["function"] | {"arguments": ""}
        yield {"tool_calls": [{"index": i, **call, "function": named}]}
        for text in pieces(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": i, "function": {"arguments": text}}]}


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


def opinion_of(candidate: Candidate) -> dict[str, Any]:
    """Return what is told of a solution's score, or of why it has none."""
    if not isinstance(candidate, Scored):
        return {"score": None, "scorer": None}
    if isinstance(candidate.opinion, Abstention):
        return {"score": None, "scorer": candidate.scorer, "abstained": candidate.opinion.reason}
    rewards = list(candidate.opinion.rewards)
    told = {"score": candidate.score, "scorer": candidate.scorer, "rewards": rewards}
    report = candidate.opinion.report
    return told if report is None else told | {"tests": asdict(report)}


def difficulty_of(advice: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return how hard a question was found to be, and how that was measured."""
    return {name: advice[name] for name in ("difficulty", "ease", "bin", "bins", *_MEASURED)}


def _advised(advice: Sequence[Mapping[str, JsonValue]]) -> dict[str, Any]:
    """Return what was chosen in the end, and everything the policy said."""
    chosen = [one["strategy"] for one in advice if one["strategy"]]
    return {
        "difficulty": difficulty_of(advice[-1]),
        "chosen": chosen[-1] if chosen else None,
        "advice": list(advice),
    }


def sampling_of(how: Sampling) -> dict[str, Any]:
    """Return how samples are drawn, as far as a request can say it."""
    return {
        "max_tokens": how.max_tokens,
        "temperature": how.temperature,
        "top_p": how.top_p,
        "thinking_tokens": how.thinking_tokens,
        "pause_tokens": len(how.pauses),
    }


def _spent(usage: Usage) -> dict[str, Any]:
    return asdict(usage)
