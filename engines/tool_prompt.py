"""Tools for models whose chat template knows none: told in words, in the form of Hermes.

The words are those of Qwen2.5's template, which many models have seen. Pure.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from pydantic import JsonValue

from engines.conversation import Conversation, Message
from engines.tool_calls import write_calls

_TELL = """\
# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{tools}
</tools>

For each function call, return a json object with function name and arguments within \
<tool_call></tool_call> XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>"""


def in_words(conversation: Conversation) -> Conversation:
    """Return a conversation without tools in which the model is told of them, and of their use.

    The tools are described in the first system message, calls are what the assistant said, and
    results that follow each other are one turn of the user.
    """
    turns = tuple(_turns(conversation.messages))
    if conversation.tools:
        turns = _told(turns, _TELL.format(tools="\n".join(map(_line, conversation.tools))))
    return replace(conversation, messages=turns, tools=())


def _turns(messages: Sequence[Message]) -> Iterator[Message]:
    for role, run in groupby(messages, lambda message: message.role):
        if role == "tool":
            yield Message("user", "\n".join(map(_result, run)))
        else:
            yield from map(_spoken, run)


def _spoken(message: Message) -> Message:
    if not message.tool_calls:
        return message
    calls = [past.call for past in message.tool_calls]
    return Message(message.role, write_calls(calls, message.content))


def _result(message: Message) -> str:
    return f"<tool_response>\n{message.content}\n</tool_response>"


def _told(turns: tuple[Message, ...], told: str) -> tuple[Message, ...]:
    if turns and turns[0].role == "system":
        return (Message("system", f"{turns[0].content}\n\n{told}"), *turns[1:])
    return (Message("system", told), *turns)


def _line(tool: Mapping[str, JsonValue]) -> str:
    return json.dumps(dict(tool), ensure_ascii=False)
