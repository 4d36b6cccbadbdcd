"""Finding out whether a model's chat template shows tools, by rendering with and without them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

from pydantic import JsonValue

from engines.completions import chat_fields
from engines.conversation import Conversation, Message, PastCall, ToolCall

Render: TypeAlias = Callable[[dict[str, Any]], Awaitable[object | None]]
"""Puts messages and tools through a server's template; gives what tells two prompts apart, such
as their tokens or how many there are, or `None` if the server refuses."""

_PARAMETERS: dict[str, JsonValue] = {"type": "object", "properties": {"city": {"type": "string"}}}
_FUNCTION: dict[str, JsonValue] = {"name": "get_weather", "parameters": _PARAMETERS}
_ASKED = Conversation((Message("user", "How warm is it?"),))
_OFFERED = replace(_ASKED, tools=({"type": "function", "function": _FUNCTION},))


async def shows_tools(render: Render) -> bool:
    """Say whether tools come into the prompt, and calls and results of earlier turns as well."""
    first, *others = [_used("Paris", "25"), _used("Paris or London", "25"), _used("Paris", "2 5 8")]
    plain, offered = await _render(render, _ASKED), await _render(render, _OFFERED)
    used = await _render(render, first)
    if None in (plain, offered, used) or plain == offered:
        return False
    return all([await _render(render, other) not in (None, used) for other in others])


async def _render(render: Render, conversation: Conversation) -> object | None:
    return await render(chat_fields(conversation, tools=True))


def _used(city: str, degrees: str) -> Conversation:
    call = PastCall("call_1", ToolCall("get_weather", f'{{"city": "{city}"}}'))
    called = Message("assistant", "", tool_calls=(call,))
    result = Message("tool", degrees, tool_call_id=call.id)
    return replace(_OFFERED, messages=(*_ASKED.messages, called, result))
