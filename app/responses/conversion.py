"""From a request for a response to a chat completion's: there is one kind of search behind both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.responses.items import CallItem, Item, MessageItem, ReasoningItem, ResultItem
from app.responses.wire import ChosenTool, ResponseRequest, SchemaFormat, TextOptions
from app.wire import ChatRequest
from engines.errors import RequestRefused
from search.errors import StrategyRefused

_FIELDS = {
    "messages": "input",
    "max_completion_tokens": "max_output_tokens",
    "response_format": "text.format",
}
"""Fields of a chat completion that have other names here."""


def chat_request(request: ResponseRequest, earlier: Sequence[Item] = ()) -> ChatRequest:
    """Return a request as a chat completion's; `earlier` is what it goes on from.

    Raises:
        RequestValidationError: it does not go together, such as a result without its call.
    """
    _check_results(request, earlier)
    asked = request.model_dump(
        include={"model", "top_p", "parallel_tool_calls", "temperature"}, exclude_none=True
    )
    asked |= {
        "messages": _messages(request.instructions, [*earlier, *request.input]),
        "search": request.search,
        "reasoning_effort": request.reasoning.effort,
        "max_completion_tokens": request.max_output_tokens,
        "response_format": _format(request.text),
        "tools": _tools(request),
        "tool_choice": _choice(request.tool_choice),
        "stream": request.stream or request.background,
    }
    try:
        return ChatRequest.model_validate(asked)
    except ValidationError as error:
        fault = error.errors()[0]
        field = fault["loc"][0] if fault["loc"] else "input"
        raise _invalid(fault["msg"], _FIELDS.get(str(field), field)) from error


@contextmanager
def in_its_fields() -> Iterator[None]:
    """Let errors that name a field of a chat completion name the one it stands for here."""
    try:
        yield
    except (StrategyRefused, RequestRefused) as error:
        if error.param is not None:
            error.param = _FIELDS.get(error.param, error.param)
        raise


def _check_results(request: ResponseRequest, earlier: Sequence[Item]) -> None:
    """Refuse what a function came to that was not called before."""
    known = {item.call_id for item in earlier if isinstance(item, CallItem)}
    for place, item in enumerate(request.input):
        if isinstance(item, CallItem):
            known.add(item.call_id)
        elif isinstance(item, ResultItem) and item.call_id not in known:
            message = f"no call before it has the `call_id` {item.call_id!r}"
            raise _invalid(message, "input", place, "call_id")


def _invalid(message: str, *where: int | str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": where, "msg": message}])


def _messages(instructions: str | None, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return items as messages: calls go with the words of the model that they came with."""
    said = [] if instructions is None else [{"role": "system", "content": instructions}]
    messages: list[dict[str, Any]] = [*said]
    for item in items:
        if isinstance(item, CallItem):
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant"})
            messages[-1].setdefault("tool_calls", []).append(_call(item))
        elif not isinstance(item, ReasoningItem):
            messages.append(_message(item))
    return messages


def _message(item: MessageItem | ResultItem) -> dict[str, Any]:
    if isinstance(item, ResultItem):
        return {"role": "tool", "tool_call_id": item.call_id, "content": item.text}
    parts = [{"type": "text", "text": part.text} for part in item.content]
    return {"role": item.role, "content": parts}


def _call(item: CallItem) -> dict[str, Any]:
    function = {"name": item.name, "arguments": item.arguments}
    return {"id": item.call_id, "type": "function", "function": function}


def _format(text: TextOptions) -> dict[str, Any]:
    if not isinstance(text.format, SchemaFormat):
        return {"type": text.format.type}
    schema = text.format.model_dump(by_alias=True, exclude={"type"})
    return {"type": text.format.type, "json_schema": schema}


def _tools(request: ResponseRequest) -> list[dict[str, Any]]:
    functions = [tool.model_dump(exclude={"type"}) for tool in request.tools]
    return [{"type": "function", "function": function} for function in functions]


def _choice(choice: ChosenTool | None) -> dict[str, Any] | str | None:
    if choice is None:
        return None
    if choice.type != "function":
        return choice.type
    return {"type": "function", "function": {"name": choice.name}}
