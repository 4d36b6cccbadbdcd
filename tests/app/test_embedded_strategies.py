"""Every strategy over HTTP on the real embedded model."""

import json

import httpx2
import pytest
from jsonschema import validate

from search.strategies import KINDS
from tests.search.tools import CITY, TOOLS
from tests.small import SMALL

pytestmark = pytest.mark.embedded
QUESTION = "Tom has 3 boxes of 4 pens. How many pens has he? End with 'Answer:' and the number."
TOKENS = 200


@pytest.mark.parametrize("kind", KINDS)
def test_a_strategy_answers_within_its_budget(kind: str, served: str) -> None:
    search = {"strategy": SMALL[kind], "budget": {"tokens": TOKENS}}
    turn = {"role": "user", "content": QUESTION}
    body = {"model": "fathom", "messages": [turn], "max_tokens": 40, "search": search}
    response = httpx2.post(f"{served}/chat/completions", json=body, timeout=50)
    assert response.status_code == 200, response.text
    answer = response.json()
    spent = answer["search"]["spent"]
    drawn = [spent[who]["completion_tokens"] for who in ("generator", "verifier")]
    assert answer["choices"][0]["message"]["content"]
    assert 0 < sum(drawn) <= TOKENS
    assert answer["search"]["stop"] in ("finished", "budget")


WHOLE = [kind for kind, strategy in KINDS.items() if not strategy.continues]


@pytest.mark.parametrize("kind", WHOLE)
def test_a_required_call_is_one_its_tool_takes(kind: str, served: str) -> None:
    turn = {"role": "user", "content": "How is the weather in Paris for the next 2 days?"}
    body = {"model": "fathom", "messages": [turn], "max_tokens": 60, "tools": TOOLS}
    body |= {"tool_choice": {"type": "function", "function": {"name": "get_weather"}}}
    body |= {"parallel_tool_calls": False, "search": {"strategy": SMALL[kind]}}
    response = httpx2.post(f"{served}/chat/completions", json=body, timeout=50)
    assert response.status_code == 200, response.text
    choice = response.json()["choices"][0]
    [call] = choice["message"]["tool_calls"]
    assert (choice["finish_reason"], call["function"]["name"]) == ("tool_calls", "get_weather")
    validate(json.loads(call["function"]["arguments"]), CITY)
