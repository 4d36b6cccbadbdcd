"""vLLM's `POST /pooling`, or any server with the same wire, for the scorers that ask it.

Knows JSON, and what a reply must be; knows nothing of steps, rewards or candidates.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    HttpUrl,
    JsonValue,
    SecretStr,
    ValidationError,
)

from engines.errors import EngineError
from engines.http import Carried, Transport, nothing
from engines.price import Price
from engines.probe import root_of
from scorers.base import ScorerUnavailable

Rows: TypeAlias = list[list[FiniteFloat]]
"""The (R, C) numbers for one text whose tokens are rated."""
Row: TypeAlias = list[FiniteFloat]
"""The (C,) numbers for one text that is rated as a whole."""
Text: TypeAlias = str | Sequence[int]
"""A text, or the ids of one."""
Numbers = TypeVar("Numbers", Rows, Row)


class ServedConfig(BaseModel):
    """A reward model on a server of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: HttpUrl = Field(description="where it listens; /v1 at the end may be given or not")
    model: str | None = Field(default=None, description="the first that it lists, if not given")
    api_key: SecretStr | None = Field(default=None, description="sent to it as a bearer token")
    timeout_seconds: float = Field(
        default=120, gt=0, description="a reply that takes longer is none: the scorer has failed"
    )
    parameters: float | None = Field(
        default=None,
        gt=0,
        description="weights of the model, to count FLOPs; read off its name if not given",
    )
    price: Price | None = Field(default=None, description="of its tokens, to count their cost")

    def transport(self, carried: Carried = nothing) -> Transport:
        """Return the connections to the server, to be opened; calls take what is carried."""
        key = self.api_key.get_secret_value() if self.api_key else None
        return Transport(root_of(str(self.url)), api_key=key, carried=carried)


class _Entry(BaseModel, Generic[Numbers]):
    index: int
    data: Numbers


class _Counts(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0)


class _Reply(BaseModel, Generic[Numbers]):
    data: list[_Entry[Numbers]]
    usage: _Counts = _Counts()


class _Ids(BaseModel):
    tokens: tuple[int, ...]


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Pooled(Generic[Numbers]):
    """The numbers of each of (N,) texts in the order they were sent, and the tokens read."""

    numbers: list[Numbers]
    prompt_tokens: int


class Pooling:
    """Asks one server.

    Args:
        name: of the scorer, which begins the name of each call in the server's logs.
        transport: connections to the server, open for as long as this is in use.
        timeout_seconds: the longest that a reply may take.
    """

    def __init__(self, name: str, transport: Transport, timeout_seconds: float) -> None:
        self._name, self._transport = name, transport
        self._timeout_seconds = timeout_seconds
        self._calls = count(1)

    async def first_model(self) -> str:
        """Return the first model that the server lists.

        Raises:
            ScorerUnavailable: it lists none, or cannot be asked.
        """
        try:
            listed = _Models.model_validate(await self._transport.get("/v1/models"))
        except EngineError as error:
            raise ScorerUnavailable(str(error), unspent=error.unspent) from error
        except ValidationError as error:
            raise ScorerUnavailable("the server lists no models; set `model`") from error
        return listed.data[0].id

    async def rate_tokens(
        self, model: str, texts: Sequence[Text], *, activation: bool
    ) -> Pooled[Rows]:
        """Have tokens of (N,) texts rated, those that the server was told of, in one request.

        Raises:
            ScorerUnavailable: it cannot be reached, is too slow, or its reply makes no sense.
        """
        fields: dict[str, JsonValue] = {
            "task": "token_classify",
            "use_activation": activation,
            # A text beyond the context loses its end, and so a row, instead of the whole request.
            "truncate_prompt_tokens": -1,
            "truncation_side": "right",
        }
        return await self._ask(_Reply[Rows], model, fields | {"input": _json(texts)}, len(texts))

    async def rate_whole(self, model: str, asked: Mapping[str, JsonValue]) -> Pooled[Row]:
        """Have one whole text or conversation rated, by a server that classifies.

        Raises:
            ScorerUnavailable: see `rate_tokens`; the text is longer than the model's context, too.
        """
        fields: dict[str, JsonValue] = {"task": "classify", "use_activation": False}
        return await self._ask(_Reply[Row], model, fields | dict(asked), 1)

    async def rate_last(self, model: str, asked: Mapping[str, JsonValue]) -> Pooled[Row]:
        """Have one whole text or conversation rated, by a server that rates tokens: its last one.

        Raises:
            ScorerUnavailable: see `rate_whole`.
        """
        fields: dict[str, JsonValue] = {"task": "token_classify", "use_activation": False}
        rated = await self._ask(_Reply[Rows], model, fields | dict(asked), 1)
        if not rated.numbers[0]:
            raise ScorerUnavailable("no token is rated")
        return Pooled([rated.numbers[0][-1]], rated.prompt_tokens)

    async def tokenize(self, model: str, text: str, *, special: bool) -> tuple[int, ...]:
        """Return the tokens of a text, if `special` with those the model has before every text.

        Raises:
            ScorerUnavailable: the server cannot be reached, or does not tokenize.
        """
        body: dict[str, JsonValue] = {"model": model, "prompt": text, "add_special_tokens": special}
        reply = await self._post("/tokenize", body, f"{self._name}-tokenize")
        try:
            return _Ids.model_validate(reply).tokens
        except ValidationError as error:
            raise ScorerUnavailable("the server does not say what a text's tokens are") from error

    async def _ask(
        self,
        shape: type[_Reply[Numbers]],
        model: str,
        fields: dict[str, JsonValue],
        texts: int,
    ) -> Pooled[Numbers]:
        name = f"{self._name}-{next(self._calls)}"
        answer = await self._post("/pooling", {"model": model, **fields}, name)
        try:
            reply = shape.model_validate(answer)
        except ValidationError as error:
            raise ScorerUnavailable(f"answer {name} has no rows of numbers") from error
        entries = sorted(reply.data, key=lambda entry: entry.index)
        if [entry.index for entry in entries] != list(range(texts)):
            raise ScorerUnavailable(f"answer {name} is not once on each of {texts} texts")
        return Pooled([entry.data for entry in entries], reply.usage.prompt_tokens)

    async def _post(self, path: str, body: dict[str, JsonValue], name: str) -> object:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._transport.post(path, body, request_id=name)
        except EngineError as error:
            raise ScorerUnavailable(str(error), unspent=error.unspent) from error
        except TimeoutError as error:
            raise ScorerUnavailable(
                f"answer {name} took longer than {self._timeout_seconds:g} s"
            ) from error


def _json(texts: Sequence[Text]) -> JsonValue:
    return [text if isinstance(text, str) else list(text) for text in texts]
