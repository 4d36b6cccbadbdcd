"""Calls of tools in a text: what is written is read again, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.conversation import ToolCall
from engines.tool_calls import Said, read_calls, write_calls

NAMES = {"add", "get_weather"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda part: st.lists(part) | st.dictionaries(st.text("abc<>/_\"\\"), part),
    max_leaves=6,
)  # fmt: skip
ARGUMENTS = st.dictionaries(st.text("abc"), VALUES)
CALLS = st.lists(st.tuples(st.sampled_from(sorted(NAMES)), ARGUMENTS), min_size=1, max_size=3)
ADD = ToolCall("add", '{"a": 1}')
WEATHER = ToolCall("get_weather", '{"city": "Paris"}')
OBJECT = '{"name": "add", "arguments": {"a": 1}}'


def said(calls) -> Said:
    return Said("", tuple(ToolCall(name, json.dumps(a, ensure_ascii=False)) for name, a in calls))


@given(CALLS, st.sampled_from(["", "Let me see.", "It says\n\n</tool_call>"]))
def test_what_is_written_is_read_again(calls, words: str) -> None:
    told = said(calls)
    assert read_calls(write_calls(told.calls, words), NAMES) == Said(words, told.calls)


@given(CALLS, st.sampled_from([None, 2]), st.booleans(), st.sampled_from(["", "[TOOL_CALLS] "]))
def test_a_list_of_calls_is_read_however_it_is_spelt(calls, indent, ascii_only, mark) -> None:
    listed = [{"name": name, "arguments": arguments} for name, arguments in calls]
    text = mark + json.dumps(listed, indent=indent, ensure_ascii=ascii_only)
    assert read_calls(text, NAMES) == said(calls)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (OBJECT, [ADD]),
        ('{"name": "add", "parameters": {"a": 1}}', [ADD]),
        ('<|python_tag|>{"name": "add", "parameters": {"a": 1}}', [ADD]),
        (OBJECT + "; " + OBJECT, [ADD, ADD]),
        ('[TOOL_CALLS]get_weather{"city": "Paris"}[TOOL_CALLS]add[ARGS]{"a": 1}', [WEATHER, ADD]),
        ('get_weather{"city": "Paris"}', [WEATHER]),
        ("<tool_call>" + OBJECT, [ADD]),
        (f"<tool_call>{OBJECT}<tool_call>{OBJECT}</tool_call>", [ADD, ADD]),
        ('<tool_call>{"arguments": "{\\"a\\": 1}", "name": "add"}</tool_call>', [ADD]),
        ('<tool_call>{"name": "add"}</tool_call>', [ToolCall("add", "{}")]),
    ],
)
def test_every_familys_way_of_calling_is_read(text: str, calls: list[ToolCall]) -> None:
    assert read_calls(text, NAMES) == Said("", tuple(calls))


@pytest.mark.parametrize(
    "text",
    ["", "Hello.", "{", "[]", '{"a": 1}', '{"name": "else", "arguments": {}}', "add {1, 2}.",
     '{"name": "add", "age": 3}', '[1, {"name": "add"}]', "The tool add{1} is.", "adder{}"],
)  # fmt: skip
def test_what_calls_no_tool_is_words(text: str) -> None:
    assert read_calls(text, NAMES) == Said(text)


@pytest.mark.parametrize(
    "text",
    ["<tool_call>", "<tool_call>{", '<tool_call>{"name": "else", "arguments": {}}</tool_call>',
     "<tool_call>[1]</tool_call>", f"<tool_call>{OBJECT} and more</tool_call>", "[TOOL_CALLS] {",
     '<tool_call>{"name": "add", "arguments": 3}</tool_call>', OBJECT[:-1], OBJECT + " indeed",
     '<tool_call>{"name": "add", "arguments": {"a": NaN}}</tool_call>', "[TOOL_CALLS]add",
     '<tool_call>{"name": "add", "arguments": {"a": 1e999}}</tool_call>', "<|python_tag|>",
     '<tool_call>{"name": ["add"], "arguments": {}}</tool_call>', 'add{"a": 1} or so',
     '<tool_call>{"name": "add", "arguments": {"a": "\\ud800"}}</tool_call>',
     '{"name": "add", "arguments": ' + '{"a": ' * 100_000],
    ids=range(17),
)  # fmt: skip
def test_a_call_that_cannot_be_made_is_broken_and_all_of_it_kept(text: str) -> None:
    assert read_calls(text, NAMES) == Said(text, broken=True)
