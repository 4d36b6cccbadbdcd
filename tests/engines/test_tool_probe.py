"""Whether a template shows tools is found out by what it makes of them."""

import json

import pytest

from engines.tool_probe import shows_tools


def kept(asked: dict, *names: str) -> str:
    """Return what a template that shows only these fields of messages makes of a conversation."""
    turns = [{name: turn.get(name) for name in names} for turn in asked["messages"]]
    return json.dumps([asked.get("tools"), turns])


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        (lambda asked: kept(asked, "content", "tool_calls"), True),
        (lambda asked: len(kept(asked, "content", "tool_calls")), True),
        (lambda asked: kept(asked, "content"), False),
        (lambda asked: kept(asked, "tool_calls"), False),
        (lambda asked: json.dumps(asked["messages"]), False),
        (lambda asked: None if "tools" in asked else "x", False),
        (lambda asked: None if len(asked["messages"]) > 1 else json.dumps(asked), False),
    ],
    ids=["all", "counted", "no calls", "no results", "no tools", "refused", "turns refused"],
)
async def test_a_template_shows_tools_if_tools_calls_and_results_change_the_prompt(
    template, shown: bool
) -> None:
    async def render(asked: dict) -> object | None:
        return template(asked)

    assert await shows_tools(render) is shown
