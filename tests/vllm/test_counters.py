"""What we say a search cost, against what the server itself counted."""

import re
from urllib.request import urlopen

import httpx2
import pytest

from app.main import create_app
from app.opening import Opening
from app.service import open_service
from app.settings import Settings

pytestmark = pytest.mark.vllm

STORY = "Tom has 3 boxes of 4 pens, Ann has 5 boxes of 6 pens, and Bob has 7 boxes of 8 pens. " * 6


def counted(url: str, name: str) -> float:
    """Return a counter of the server's, summed over its labels."""
    with urlopen(f"{url}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    return sum(map(float, re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)))


@pytest.fixture
async def client(vllm_url: str):
    engine = {"kind": "vllm", "url": vllm_url}
    settings = Settings(engine=engine, engines={"text": engine | {"route": "text"}})  # type: ignore[arg-type, dict-item]
    async with open_service(settings) as service:
        transport = httpx2.ASGITransport(create_app(Opening(service)))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://test", timeout=200
        ) as client:
            yield client


async def ask(client: httpx2.AsyncClient, strategy: dict, question: str, **search: object) -> dict:
    turn = {"role": "user", "content": question}
    body = {"model": "fathom", "messages": [turn], "max_tokens": 48}
    body |= {"search": {"strategy": strategy} | search}
    response = await client.post("/v1/chat/completions", json=body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    "strategy",
    [
        {"kind": "best_of_n", "n": 6},
        {"kind": "revisions", "chains": 2, "length": 2},
        {"kind": "beam_search", "n": 4, "width": 2, "rounds": 3, "step_end": "\n"},
        {"kind": "mixture", "proposers": 4, "agents": ["default", "text"]},
    ],
    ids=lambda strategy: strategy["kind"],
)
async def test_the_server_counted_the_tokens_on_our_bill(client, vllm_url: str, strategy) -> None:
    before = counted(vllm_url, "vllm:generation_tokens_total")
    answer = await ask(client, strategy, "Tom has 3 boxes of 4 pens. How many pens has he?")
    drawn = counted(vllm_url, "vllm:generation_tokens_total") - before
    assert answer["usage"]["completion_tokens"] == pytest.approx(drawn, rel=0.01)
    assert drawn > 0


async def test_samples_a_decided_vote_stops_are_stopped_on_the_server(client, vllm_url) -> None:
    samples = 12
    strategy = {"kind": "adaptive_consistency", "n": samples, "batch": samples, "threshold": 0.51}
    before = counted(vllm_url, "vllm:generation_tokens_total")
    answer = await ask(client, strategy, "What is 2 + 2? Say only the number.", trace=True)
    while counted(vllm_url, "vllm:num_requests_running"):
        pass  # It has until the test's own limit to notice.
    drawn = counted(vllm_url, "vllm:generation_tokens_total") - before
    [event] = [e for e in answer["search"]["trace"] if e["kind"] == "generated"]
    assert len(event["generation"]["samples"]) < samples
    # What is drawn between our hanging up and the server's noticing is on nobody's bill.
    assert 0 <= drawn - answer["usage"]["completion_tokens"] <= 8 * samples


async def test_a_step_search_reads_its_prompts_from_the_prefix_cache(client, vllm_url) -> None:
    names = ("vllm:prefix_cache_hits_total", "vllm:prefix_cache_queries_total")
    before = [counted(vllm_url, name) for name in names]
    strategy = {"kind": "beam_search", "n": 16, "width": 4, "rounds": 9, "step_end": " "}
    answer = await ask(client, strategy, STORY, trace=True)
    hits, queries = (counted(vllm_url, n) - b for n, b in zip(names, before, strict=True))
    rounds = {e["request"]["id"].split(".")[0] for e in answer["search"]["trace"] if "request" in e}
    assert len(rounds) >= 8
    assert hits / queries >= 0.8
