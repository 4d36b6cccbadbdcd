"""Candidates to be judged, and a grader that needs no mathematics."""

from collections.abc import Sequence

from pydantic import JsonValue

from engines.base import Finish, Prompt, Step
from engines.conversation import Conversation, Message, PastCall, ToolCall
from scorers.answers import Answers
from scorers.base import Candidate

QUESTION = "What is 6 * 7?"


def prompt(*contents: str, system: str | None = None) -> Prompt:
    """A conversation in which user and assistant take turns."""
    roles = ("user", "assistant")
    turns = [Message(roles[i % 2], content) for i, content in enumerate(contents or (QUESTION,))]
    first = [Message("system", system)] if system else []
    return Prompt(Conversation((*first, *turns)))


def with_tools() -> Prompt:
    """A conversation in which a tool was called, and answered."""
    call = PastCall("call_1", ToolCall("multiply", '{"a": 6}'))
    turns = (Message("user", QUESTION), Message("assistant", "", (call,)))
    function: dict[str, JsonValue] = {"name": "multiply", "parameters": {"type": "object"}}
    tool: dict[str, JsonValue] = {"type": "function", "function": function}
    result = Message("tool", "42", tool_call_id="call_1")
    return Prompt(Conversation((*turns, result), (tool,)))


def step(text: str, logprob: float | None = -0.5) -> Step:
    """A step of a token a word, each of the same log-probability and certainty."""
    tokens = len(text.split())
    numbers = None if logprob is None else (logprob,) * tokens
    certainty = None if logprob is None else (-logprob,) * tokens
    return Step(text, tokens, None, numbers, certainty)


def candidate(
    *texts: str,
    finish: Finish | None = "eos",
    logprob: float | None = -0.5,
    asked: Prompt | None = None,
) -> Candidate:
    """A solution of these steps, finished unless told otherwise."""
    return Candidate(asked or prompt(), tuple(step(text, logprob) for text in texts), finish)


class LastWord:
    """A grader to whom the word after "Answer:" is the answer; numbers are equal by value."""

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        mark = pattern or "Answer:"
        found = tuple(t.split(mark)[1].strip() if mark in t else None for t in texts)
        known = list(dict.fromkeys(float(a) for a in found if a is not None))
        return Answers(found, tuple(None if a is None else known.index(float(a)) for a in found))

    async def equal(self, truth: str, given: str) -> bool:
        return float(truth) == float(given)
