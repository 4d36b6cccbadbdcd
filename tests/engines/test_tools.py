"""Tools on the wire: what each server is sent of them, and what is read of what it says."""

import json
from dataclasses import replace

import pytest

from engines.base import Capabilities, Delta, Request, Sampling
from engines.conversation import Conversation, Message, PastCall, ToolCall
from engines.http import Transport
from engines.llamacpp_client import LlamaCpp
from engines.openai import OpenAI
from engines.probe import VllmConfig, probe
from engines.thinking import Thinking
from engines.tool_calls import write_calls
from engines.tool_prompt import in_words
from tests.engines.told import Script, says, sends, serving
from tests.engines.wire import Wire, serve

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
CALL = ToolCall("add", '{"a": 1}')
TURNS = (
    Message("system", "Be brief."),
    Message("user", "1+1, 1+1?"),
    Message("assistant", "So.", (PastCall("c1", CALL), PastCall("c2", CALL))),
    Message("tool", "2", tool_call_id="c1"),
    Message("tool", "two", tool_call_id="c2"),
)
ASKED = Conversation(TURNS, (TOOL,))
HOW = Sampling(max_tokens=50)


async def sent(wire: Wire, how: Sampling = HOW) -> dict:
    """Return what a draw sends of a conversation to a server found by the probe."""
    async with serve(wire), Transport(wire.url) as transport:
        engine = await probe(transport, VllmConfig(url=wire.url))
        assert engine.capabilities.tools is wire.tools
        wire.tokenized.clear()
        prompt = await engine.render(ASKED)
        await engine.generate(Request("1.0", prompt, (), 1, how, 7))
        assert prompt.conversation == ASKED
        return wire.tokenized[0] if wire.ids else wire.seen[-1]


@pytest.mark.parametrize("ids", [True, False])
async def test_a_template_that_knows_tools_is_given_them_as_openai_has_it(ids: bool) -> None:
    body = await sent(Wire(ids=ids))
    _, _, called, first, second = body["messages"]
    assert body["tools"] == [TOOL]
    assert [call["function"] for call in called["tool_calls"]] == [
        {"name": "add", "arguments": '{"a": 1}'}
    ] * 2
    assert (called["content"], first["content"], second["content"]) == ("So.", "2", "two")
    ids_sent = [call["id"] for call in called["tool_calls"]]
    assert ids_sent == [first["tool_call_id"], second["tool_call_id"]]
    assert len(set(ids_sent)) == 2
    assert all(len(name) == 9 and name.isalnum() for name in ids_sent)


@pytest.mark.parametrize("ids", [True, False])
async def test_a_template_that_does_not_has_the_model_told_in_words(ids: bool) -> None:
    body = await sent(Wire(ids=ids, tools=False))
    system, _, called, results = body["messages"]
    assert "tools" not in body
    assert system["content"].startswith("Be brief.\n\n# Tools\n")
    assert f"<tools>\n{json.dumps(TOOL)}\n</tools>" in system["content"]
    assert called == {"role": "assistant", "content": write_calls([CALL, CALL], "So.")}
    assert results == {
        "role": "user",
        "content": "<tool_response>\n2\n</tool_response>\n<tool_response>\ntwo\n</tool_response>",
    }


async def test_by_text_a_schema_goes_with_tools_in_words() -> None:
    body = await sent(Wire(ids=False), replace(HOW, json_schema="{}"))
    assert "tools" not in body
    assert "# Tools" in body["messages"][0]["content"]


def test_a_conversation_without_tools_stays_as_it_is() -> None:
    asked = Conversation(TURNS[:2], template={"x": 1})
    assert in_words(asked) == asked
    assert in_words(Conversation(TURNS[1:2], (TOOL,))).messages[0].role == "system"


async def test_calls_the_server_has_read_are_in_the_samples_text() -> None:
    function = {"name": "add", "arguments": '{"a": 1}'}
    async with serve(Wire(ids=False, called=function)) as wire, Transport(wire.url) as transport:
        engine = await probe(transport, VllmConfig(url=wire.url))
        drawn = await engine.generate(Request("1.0", await engine.render(ASKED), (), 2, HOW, 7))
    assert {sample.step.text for sample in drawn.samples} == {write_calls([CALL])}
    assert {sample.finish for sample in drawn.samples} == {"eos"}


def piece(finish: str | None = None, **delta) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    usage = {"prompt_tokens": 3, "completion_tokens": 9} if finish else None
    return f"data: {json.dumps({'choices': [choice], 'usage': usage})}\n\n"


def calling(index: int, **function: str) -> list[dict]:
    return [{"index": index, "function": function}]


async def test_calls_that_come_in_pieces_are_heard_as_text_at_the_end() -> None:
    events = [
        piece(content="So."),
        piece(tool_calls=calling(0, name="add", arguments="")),
        piece(tool_calls=calling(0, arguments='{"a": ')),
        piece(tool_calls=calling(0, arguments="1}")),
        piece(tool_calls=calling(1, name="add", arguments='{"a": 1}')),
        piece("tool_calls"),
    ]
    heard: list[str] = []
    script = Script(says({"data": [{"id": "m"}]}))
    async with serving(script.answer) as transport:
        engine = await text_engine(transport, script)
        script.answers = [sends(*events, "data: [DONE]\n\n")]
        request = Request("1.0", await engine.render(ASKED), (), 1, HOW, 7)
        drawn = await engine.generate(request, lambda delta: heard.append(delta.text))
    assert drawn.samples[0].step.text == "".join(heard) == write_calls([CALL, CALL], "So.")
    assert heard[0] == "So."


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_call_ends_the_thinking_that_the_server_parsed(streamed: bool) -> None:
    call = {"index": 0, "function": {"name": "add", "arguments": '{"a": 1}'}}
    whole = {"message": {"content": None, "reasoning": "hm", "tool_calls": [call]}}
    choice = {"index": 0, "finish_reason": "tool_calls", **whole}
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    events = [piece(reasoning="h"), piece(reasoning="m"), piece(tool_calls=[call])]
    stream = sends(*events, piece("tool_calls"), "data: [DONE]\n\n")
    answer = stream if streamed else says({"choices": [choice], "usage": usage})
    heard: list[Delta] = []
    async with serving(answer) as transport:
        engine = OpenAI(transport, Capabilities("m", thinking=Thinking(), tools=True))
        request = Request("1.0", await engine.render(ASKED), (), 1, HOW, 7)
        [sample] = (await engine.generate(request, heard.append if streamed else None)).samples
    assert Thinking().split(sample.step.text) == ("hm", write_calls([CALL]))
    assert "".join(delta.text for delta in heard) == (sample.step.text if streamed else "")
    assert [delta.sample for delta in heard if delta.sample] == ([sample] if streamed else [])


async def text_engine(transport: Transport, script: Script):
    """Return an engine by text, for a server that has answered its probe with the same always."""
    said = {"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    script.answers.append(says({"choices": [said], "usage": usage}))
    return await probe(transport, VllmConfig(url=transport.base_url, route="text"))


@pytest.mark.embedded
async def test_the_embedded_model_is_told_in_words(embedded: LlamaCpp, server) -> None:
    prompt = await embedded.render(ASKED)
    said = await server.post("/detokenize", {"tokens": list(prompt.ids)}, request_id="test")
    assert not embedded.capabilities.tools
    assert write_calls([CALL, CALL], "So.") in said["content"]
    assert json.dumps(TOOL) in said["content"]
