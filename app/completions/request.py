"""The JSON that `/v1/completions` takes: OpenAI's legacy request, and `search`."""

from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from typing_extensions import override

from app.body import RequestBody
from app.token_options import LogitBias
from app.wire import ChatRequest, SearchOptions, Stop, StreamOptions
from engines.conversation import Conversation, Message, Raw

MOST_PROMPTS = 256
"""Prompts of one request, each of which is searched over by itself."""
_TOKEN: TypeAlias = Annotated[int, Field(ge=0, lt=2**31)]
_Tokens: TypeAlias = Annotated[tuple[_TOKEN, ...], Field(min_length=1)]
_Text: TypeAlias = Annotated[str, Field(min_length=1)]


def _several(prompt: object) -> object:
    """Return what OpenAI takes for a prompt as a list of prompts, each a text or tokens."""
    if not isinstance(prompt, list):
        return [prompt]
    return [prompt] if prompt and all(isinstance(one, int) for one in prompt) else prompt


class PromptRequest(ChatRequest):
    """A chat completion of a prompt as it is, without a template around it."""

    prompt: str | tuple[int, ...]

    @override
    def conversation(self) -> Conversation:
        return Conversation((Message("user", words_of(self.prompt)),), raw=self.prompt)


def words_of(prompt: Raw) -> str:
    """Return what those see of a prompt who read text, as judges do."""
    return prompt if isinstance(prompt, str) else f"({len(prompt)} tokens)"


class CompletionRequest(RequestBody):
    """`POST /v1/completions`. What cannot be honoured is refused, by name."""

    model: str
    prompt: Annotated[
        list[_Text | _Tokens],
        Field(min_length=1, max_length=MOST_PROMPTS, description="texts, or lists of tokens"),
        BeforeValidator(_several),
    ]
    search: SearchOptions = SearchOptions()
    max_tokens: int = Field(default=16, ge=1, description="of each choice")
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    top_p: float = Field(default=1, gt=0, le=1)
    n: int = Field(default=1, ge=1, le=128, description="choices a prompt: the best, ranked")
    stop: Stop = Field(default=[])
    seed: int = Field(default=0, ge=-(2**63), lt=2**63)
    logprobs: int | None = Field(
        default=None, ge=0, le=5, description="how many of the likeliest in each token's place"
    )
    echo: bool = Field(default=False, description="whether the prompt is put before its choices")
    presence_penalty: float = Field(default=0, ge=-2, le=2)
    frequency_penalty: float = Field(default=0, ge=-2, le=2)
    logit_bias: LogitBias = Field(default={})
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    best_of: int | None = Field(default=None, description="`n`, if it is given at all")
    user: str | None = Field(default=None, description="taken; it changes nothing")

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("best_of")
    @classmethod
    def _no_more_than_n(cls, best_of: int | None, others: ValidationInfo) -> int | None:
        if best_of not in (None, others.data.get("n")):
            raise ValueError(
                "more samples than choices are a search: ask for the strategy `best_of_n`"
            )
        return best_of

    @field_validator("echo")
    @classmethod
    def _echo_of_words(cls, echo: bool, others: ValidationInfo) -> bool:
        texts = all(isinstance(one, str) for one in others.data.get("prompt", ()))
        if echo and (not texts or others.data.get("logprobs") is not None):
            raise ValueError("only texts are echoed, and no log-probabilities of them are known")
        return echo

    @field_validator("stream")
    @classmethod
    def _one_at_a_time(cls, stream: bool, others: ValidationInfo) -> bool:
        if stream and len(others.data.get("prompt", ())) > 1:
            raise ValueError("a stream is of one prompt")
        return stream

    @field_validator("search")
    @classmethod
    def _without_narration(cls, search: SearchOptions) -> SearchOptions:
        if search.narrate:
            raise ValueError("`narrate` is for chat completions: a text has no place for it")
        return search

    @model_validator(mode="after")
    def _events_of_a_stream(self) -> Self:
        if self.search.events and not self.stream:
            raise ValueError("`search.events` are of a stream: set `stream`, or leave them")
        return self

    def asked(self) -> list[PromptRequest]:
        """Return a request for each prompt."""
        own = {"prompt", "search", "logprobs", "echo", "best_of"}
        same: dict[str, Any] = {
            **self.model_dump(exclude=own, exclude_unset=True),
            "max_tokens": self.max_tokens,
            "search": self.search,
            "logprobs": self.logprobs is not None,
            "top_logprobs": self.logprobs,
        }
        return [PromptRequest.model_validate(same | _asking(prompt)) for prompt in self.prompt]


def _asking(prompt: Raw) -> dict[str, Any]:
    turn = {"role": "user", "content": words_of(prompt)}
    return {"prompt": prompt, "messages": [turn]}
