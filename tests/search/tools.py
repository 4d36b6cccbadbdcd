"""Tools to call in tests, and the calls of them, each spelt in several ways."""

import json
from typing import Any

from engines.fake import FakeEngine
from scorers.tool_form import ToolChoice
from search import Outcome
from search.events import Trace
from search.strategies import Strategy
from tests.search.world import ASKED, TASK, models, search

AUTO = ToolChoice()
CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"$ref": "#/$defs/days"}},
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"days": {"type": "integer", "minimum": 1}},
}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


def tool(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "description": f"It can {name}.", "parameters": parameters}
    return {"type": "function", "function": function}


TOOLS = (tool("get_weather", CITY), tool("now", NOTHING))
PARIS = (
    '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}\n</tool_call>',
    'Sure. <tool_call>{"arguments": {"days": 2.0, "city": "Paris"}, "name": "get_weather"}',
    '{"name": "get_weather", "parameters": {"city": "P\\u0061ris", "days": 2}}',
    '[TOOL_CALLS][{"name": "get_weather", "arguments": "{\\"days\\":2,\\"city\\":\\"Paris\\"}"}]',
)
"""One call, as different models would write it."""
ROME = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'
INVALID = '<tool_call>{"name": "get_weather", "arguments": {"town": "Paris"}}</tool_call>'
UNKNOWN = '<tool_call>{"name": "launch", "arguments": {}}</tool_call>'
SAID = '[{"get_weather":{"city":"Paris","days":2}}]'
"""The call of `PARIS` in its one spelling."""


def says(*answers: str) -> FakeEngine:
    return FakeEngine(lambda _, i: answers[i % len(answers)])


async def calling(
    strategy: Strategy, engine: FakeEngine, choice: ToolChoice = AUTO, **task: Any
) -> tuple[Outcome, Trace]:
    """Search with tools."""
    asked = {"conversation": type(ASKED)(ASKED.messages, TOOLS), "sampling": TASK.sampling}
    world = task.pop("world", None) or models(engine)
    return await search(strategy, world, tool_choice=choice, **asked | task)


def listed(*calls: tuple[str, dict[str, Any]]) -> str:
    """Return calls as our grammar has them."""
    return json.dumps([{"name": name, "arguments": arguments} for name, arguments in calls])
