"""Every strategy over HTTP on the real embedded model."""

import json

import anyio
import httpx2
import pytest
from jsonschema import validate

from search.strategies import KINDS
from tests.search.tools import CITY, TOOLS
from tests.small import SMALL

pytestmark = pytest.mark.embedded
QUESTION = "Tom has 3 boxes of 4 pens. How many pens has he? End with 'Answer:' and the number."
TOKENS = 120
AT_ONCE = 4


@pytest.fixture(scope="module")
async def searched(served: str) -> dict[str, httpx2.Response]:
    """One search of every strategy, several at once: the engine draws four samples in one go."""
    found: dict[str, httpx2.Response] = {}
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def one(kind: str) -> None:
        search = {"strategy": SMALL[kind], "budget": {"tokens": TOKENS}}
        turn = {"role": "user", "content": QUESTION}
        body = {"model": "fathom", "messages": [turn], "max_tokens": 30, "search": search}
        async with limiter:
            found[kind] = await client.post(f"{served}/chat/completions", json=body)

    async with httpx2.AsyncClient(timeout=120) as client, anyio.create_task_group() as group:
        for kind in KINDS:
            group.start_soon(one, kind)
    return found


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_strategy_answers_within_its_budget(
    kind: str, searched: dict[str, httpx2.Response]
) -> None:
    response = searched[kind]
    assert response.status_code == 200, response.text
    answer = response.json()
    spent = answer["search"]["spent"]
    drawn = [spent[who]["completion_tokens"] for who in ("generator", "verifier")]
    assert answer["choices"][0]["message"]["content"]
    assert 0 < sum(drawn) <= TOKENS
    assert answer["search"]["stop"] in ("finished", "budget")


@pytest.mark.parametrize("kind", ["sample", "best_of_n", "majority", "mixture", "tournament"])
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
