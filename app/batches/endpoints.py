"""Who answers the lines of a batch: a table from endpoints to what answers their bodies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from app.answering import Answering, Asked
from app.batches.errors import FieldRefused
from app.callers import Caller
from app.completion import Head
from app.errors import describe
from app.plan import plan
from app.store.tables import Plain
from app.wire import ChatRequest

BEGUN_ANEW = "the server ended during the search, which was begun anew"


class Endpoint(Protocol):
    """Answers bodies as the route of the same name does."""

    async def answer(self, body: Plain, caller: Caller, *, restarted: bool) -> Plain:
        """Return the body of the response; `restarted` is for it to say.

        Raises:
            Exception: one that has a row in `app.errors.STATUS`.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """Answers as `POST /v1/chat/completions` does."""

    answering: Answering

    async def answer(self, body: Plain, caller: Caller, *, restarted: bool) -> Plain:
        """Return a chat completion; see `Endpoint`."""
        request = _read(body)
        asked = Asked(request, Head(request.model), plan(request, self.answering.service), caller)
        answer = (await self.answering.answer(asked)).body()
        if restarted:
            answer["search"]["degradations"].append(BEGUN_ANEW)
        return answer


ENDPOINTS: Mapping[str, Callable[[Answering], Endpoint]] = {"/v1/chat/completions": ChatEndpoint}
"""What makes who answers, by the paths that batches name."""


def _read(body: Plain) -> ChatRequest:
    """Return a request.

    Raises:
        FieldRefused: it is none, or one for a stream.
    """
    try:
        request = ChatRequest.model_validate(body)
    except ValidationError as error:
        raise FieldRefused(*describe(error.errors()[0])) from error
    if request.stream:
        raise FieldRefused("stream", "the lines of a batch are not streamed")
    return request
