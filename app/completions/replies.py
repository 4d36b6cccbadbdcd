"""The shapes of text completions, for the OpenAPI document."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from app.chat_replies import Count, Head, SearchReport, Usage


class TextLogprobs(TypedDict):
    """The tokens of a choice: each its text, its log-probability, and where it begins."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]
    text_offset: list[Count]


class _TextChoice(TypedDict):
    index: Count
    text: str
    logprobs: TextLogprobs | None


class TextChoice(_TextChoice):
    """One of the ways a prompt goes on, the best of each prompt first."""

    finish_reason: Literal["stop", "length"]


class TextChunkChoice(_TextChoice):
    """A piece of a choice; the last of each has a `finish_reason`."""

    finish_reason: Literal["stop", "length"] | None


class TextCompletion(Head):
    """OpenAI's text completion; `search` is of one prompt, `searches` of several."""

    object: Literal["text_completion"]
    choices: list[TextChoice]
    usage: Usage
    search: NotRequired[SearchReport]
    searches: NotRequired[list[SearchReport]]


class TextCompletionChunk(Head):
    """A piece of a streamed text completion; the last of the first choice has `search`."""

    object: Literal["text_completion"]
    choices: list[TextChunkChoice]
    usage: NotRequired[Usage | None]
    search: NotRequired[SearchReport]
