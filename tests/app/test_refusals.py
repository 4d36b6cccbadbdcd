"""Requests that ask for what cannot be: told so, by the name of the field."""

from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from openai.types.chat import ChatCompletion

from app.catalogue import strategy_card
from engines.fake import FakeEngine
from search.strategies import KINDS
from tests.app.client import an_app, ask, call
from tests.search.tools import PARIS, TOOLS
from tests.search.world import a_or_b

HUGE = 10**400
CHOICE = {"type": "function", "function": {"name": "get_weather"}}


async def posted(body: str) -> httpx2.Response:
    """Post a body as it is written, whatever Python makes of its numbers."""
    transport = httpx2.ASGITransport(an_app(FakeEngine(a_or_b)), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        headers = {"content-type": "application/json"}
        path = "/v1/chat/completions"
        return await client.post(path, content=body.encode(), headers=headers)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ('"search": {"budget": {"seconds": 1e999}}', "search.budget.seconds"),
        ('"search": {"budget": {"tokens": 99999999999999999999}}', "search.budget.tokens"),
        (f'"max_tokens": {HUGE}', "max_tokens"),
        ('"chat_template_kwargs": {"a": [1, 1e999]}', "chat_template_kwargs.a.1"),
        ('"chat_template_kwargs": {"a": "\\ud800"}', "chat_template_kwargs.a"),
        ('"user": "half \\ud800"', "user"),
    ],
)
@pytest.mark.parametrize("stream", ["true", "false"])
async def test_what_json_cannot_hold_is_refused_where_it_stands(fields, param, stream) -> None:
    body = f'{{"model": "fathom", "messages": [{{"role": "user", "content": "?"}}], {fields}'
    response = await posted(f'{body}, "stream": {stream}}}')
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"search": {"best_of_n": {"n": 4}}}, "search.best_of_n"),
        ({"majority": True}, "majority"),
        ({"search": {"strategy": {"kind": "majority", "mcts": 3}}}, "search.strategy.mcts"),
        ({"search": {"strategy": {"kind": "self_debug", "inner": {
            "kind": "plan_search", "subset": 9}}}}, "search.strategy.inner.subset"),
        ({"search": {"on_verifier_error": "ignore"}}, "search.on_verifier_error"),
        ({"reasoning_effort": "none", "reasoning": {"effort": "high"}}, None),
        ({"chat_template_kwargs": {"messages": []}}, "chat_template_kwargs"),
        (
            {"search": {"strategy": {"kind": "ensemble", "members": [
                "sample", {"kind": "mixture", "proposers": 2, "agents": ["default", "x"]}]}}},
            "search.strategy",
        ),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {
            "$anchor": "a"}}}]}, "tools.0.function.parameters"),
    ],
)  # fmt: skip
async def test_the_field_at_fault_is_the_requests_own(body: dict[str, Any], param) -> None:
    response = await ask(**body)
    assert response.status_code == 400, response.text
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize("kind", ["adaptive_consistency", "early_stopping_consistency"])
async def test_no_more_choices_are_promised_than_a_decided_vote_leaves(kind: str) -> None:
    engine = FakeEngine(lambda request, i: "Answer: b")
    strategy = {"kind": kind, "n": 12}
    solutions = KINDS[kind](n=12).solutions
    response = await ask(engine, n=solutions, search={"strategy": strategy})
    assert len(response.json()["choices"]) == solutions
    refused = await ask(engine, n=solutions + 1, search={"strategy": strategy})
    assert refused.json()["error"]["param"] == "n"


async def test_a_message_with_its_reasoning_can_be_sent_back() -> None:
    engine = FakeEngine(lambda request, i: PARIS[0])
    first = await ask(engine, tools=list(TOOLS), include_reasoning=True)
    message = ChatCompletion.model_validate(first.json()).choices[0].message.model_dump()
    assert "reasoning" in message
    result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "25"}
    turns = [{"role": "user", "content": "?"}, message | {"reasoning": "hm"}, result]
    assert (await ask(engine, messages=turns, tools=list(TOOLS))).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_of_a_strategys_card_leads_somewhere(kind: str) -> None:
    card = strategy_card(KINDS[kind])
    schema = {"type": "object", "properties": card["parameters"], "$defs": card.get("$defs", {})}
    told = KINDS[kind]().model_dump(mode="json", exclude={"kind"})
    Draft202012Validator(schema).validate(told)


async def test_the_schema_takes_the_words_of_tool_choice() -> None:
    openapi = (await call("GET", "/openapi.json")).json()
    field = openapi["components"]["schemas"]["ChatRequest"]["properties"]["tool_choice"]
    validator = Draft202012Validator(field)
    assert all(map(validator.is_valid, ["auto", "none", "required", CHOICE, None]))
    assert not any(map(validator.is_valid, ["always", {"type": "auto"}]))
