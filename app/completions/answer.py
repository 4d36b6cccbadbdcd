"""The JSON that `/v1/completions` gives: outcomes as OpenAI's text completions and their chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from typing_extensions import override

from app.completion import Completion, Head
from engines.drawn import Drawn


@dataclass(frozen=True, slots=True)
class TextHead(Head):
    """What the body or all chunks of one text completion have in common; `echo` is put first."""

    id: str = field(default_factory=lambda: f"cmpl-{token_hex(12)}")
    echo: str = ""

    @override
    def chunk(
        self,
        index: int,
        delta: dict[str, Any],
        finish: str | None = None,
        logprobs: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return one chunk with one choice; the first of each, which has the role, has the echo."""
        text = self.echo if "role" in delta else delta.get("content") or ""
        choice = {"index": index, "text": text, "finish_reason": finish, "logprobs": logprobs}
        return self.fields("text_completion") | {"choices": [choice]}

    @override
    def logprobs(self, tokens: Sequence[Drawn], offset: int) -> dict[str, Any]:
        offsets = []
        for one in tokens:
            offsets.append(offset)
            offset += len(one.token.text)
        return {
            "tokens": [one.token.text for one in tokens],
            "token_logprobs": [one.token.logprob for one in tokens],
            "top_logprobs": [_top(one) for one in tokens],
            "text_offset": offsets,
        }

    @override
    def usage(self, usage: dict[str, Any]) -> dict[str, Any]:
        return self.fields("text_completion") | {"choices": [], "usage": usage}


def body_of(head: TextHead, completions: Sequence[Completion]) -> dict[str, Any]:
    """Return OpenAI's `text_completion` of the completions of (P,) prompts."""
    choices = [choice for completion in completions for choice in _choices(completion)]
    reports = [completion.search() for completion in completions]
    told = {"search": reports[0]} if len(reports) == 1 else {"searches": reports}
    for index, choice in enumerate(choices):
        choice["index"] = index
    usage = _sum([completion.usage() for completion in completions])
    return head.fields("text_completion") | {"choices": choices, "usage": usage} | told


def _choices(completion: Completion) -> Iterator[dict[str, Any]]:
    head = completion.head
    for i, candidate in enumerate(completion.chosen):
        text = completion.message(i, candidate)["content"]
        yield {
            "text": (head.echo if isinstance(head, TextHead) else "") + text,
            "finish_reason": completion.finish_reason(candidate),
            "logprobs": completion.logprobs(candidate),
        }


def _sum(usages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return usages as one, those within them too."""
    first, *others = usages
    return {
        name: _sum([usage[name] for usage in usages])
        if isinstance(value, dict)
        else value + sum(usage[name] for usage in others)
        for name, value in first.items()
    }


def _top(drawn: Drawn) -> dict[str, float]:
    """Return the likeliest tokens of a place, and the one that was drawn if it is not of them."""
    own = {drawn.token.text: drawn.token.logprob}
    return own | {token.text: token.logprob for token in drawn.top}
