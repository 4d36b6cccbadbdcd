"""Log-probabilities of the tokens of an answer, as OpenAI's chat completions have them."""

from collections.abc import Sequence
from typing import Any

from engines.drawn import Drawn, Token, within
from scorers.base import Candidate

UNKNOWN = "the log-probabilities of an answer are not known: it was cut short, or is not as drawn"


def tokens_of(candidate: Candidate, text: str) -> tuple[Drawn, ...] | None:
    """Return the tokens of a text that a candidate's answer begins with.

    Thinking, marks and stop strings are not in it. `None` where the engine did not tell them all.
    """
    since = len(candidate.text) - len(candidate.answer)
    if not candidate.answer.startswith(text):
        return None
    until, place = since + len(text), 0
    tokens: list[Drawn] = []
    for step in candidate.steps:
        begin, end = max(since, place), min(until, place + len(step.text))
        if begin < end:
            if step.drawn is None:
                return None
            part = within(step.text, step.drawn, begin - place, end - place)
            if part is None:
                return None
            tokens += part
        place += len(step.text)
    return tuple(tokens)


def chat_logprobs(tokens: Sequence[Drawn]) -> dict[str, Any]:
    """Return tokens as the `logprobs` of a choice."""
    content = [_token(one.token) | {"top_logprobs": [*map(_token, one.top)]} for one in tokens]
    return {"content": content, "refusal": None}


def _token(token: Token) -> dict[str, Any]:
    raw = None if token.raw is None else list(token.raw)
    return {"token": token.text, "logprob": token.logprob, "bytes": raw}
