"""What the holder of a key may do, and how much of it."""

import asyncio
from pathlib import Path

import pytest

from app.keys.accounts import today
from app.store import KeyDay
from app.store.keys import charge_keys, every_key, spent_on
from engines.fake import FakeEngine
from engines.usage import Usage
from tests.app.keys.world import CHAT, World, a_world, code
from tests.search.world import a_or_b

BEST = {"strategy": {"kind": "best_of_n", "n": 3}}


def hanging() -> FakeEngine:
    return FakeEngine(a_or_b, latency=lambda _: 600.0)


async def begun(engine: FakeEngine, n: int = 1) -> None:
    """Return once so many calls have come to the engine."""
    while len(engine.seen) < n:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


async def spent_today(world: World) -> KeyDay:
    (key,) = await every_key(world.store)
    await world.service.gate.accounts.write(world.store)
    return await spent_on(world.store, key.id, today())


async def test_a_request_too_many_is_told_when_to_come_again(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(requests_per_minute=1)
        first, second = await world.ask(secret), await world.ask(secret)
        other = await world.get("/v1/models", secret)
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    assert code(second) == (429, "rate_limit_exceeded")
    assert second.headers["x-should-retry"] == "true"
    assert 50 < float(second.headers["retry-after-ms"]) / 1000 <= 60
    assert 50 < int(second.headers["retry-after"]) <= 60
    assert second.headers["x-ratelimit-limit-requests"] == "1"
    assert other.status_code == 200


async def test_tokens_are_charged_after_the_search_and_then_refused(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(tokens_per_minute=20)
        first = await world.ask(secret, search=BEST)
        second = await world.ask(secret, search=BEST)
    assert first.status_code == 200
    assert first.headers["x-ratelimit-limit-tokens"] == "20"
    assert first.headers["x-ratelimit-remaining-tokens"] == "0"
    assert code(second) == (429, "rate_limit_exceeded")
    assert "20 tokens a minute" in second.json()["error"]["message"]


@pytest.mark.parametrize("stream", [True, False])
async def test_what_is_left_is_told_with_streams_and_errors_too(tmp_path, stream) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(requests_per_minute=5, tokens_per_minute=10_000)
        answer = await world.ask(secret, stream=stream)
        wrong = await world.ask(secret, stream=stream, temperature=-1)
    assert (answer.status_code, wrong.status_code) == (200, 400)
    for response, left in ((answer, "4"), (wrong, "3")):
        assert response.headers["x-ratelimit-remaining-requests"] == left
        assert response.headers["x-ratelimit-limit-tokens"] == "10000"


async def test_a_key_has_so_many_searches_at_a_time(tmp_path: Path) -> None:
    engine = hanging()
    async with a_world(tmp_path, engine) as world, asyncio.TaskGroup() as group:
        secret = await world.key(concurrent_searches=1)
        first = group.create_task(world.ask(secret))
        await begun(engine)
        refused = await world.ask(secret)
        first.cancel()
        await asyncio.wait([first])
        assert world.service.gate.searching == {}
    assert code(refused) == (429, "rate_limit_exceeded")
    assert refused.headers["x-should-retry"] == "true"


async def test_a_search_gets_no_more_than_its_key_allows(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(budget={"tokens": 500, "seconds": 9})
        default = (await world.ask(secret)).json()["search"]
        less = await world.ask(secret, search={"budget": {"tokens": 50}})
        effort = (await world.ask(secret, reasoning_effort="max")).json()["search"]
        none = (await world.ask(secret, reasoning_effort="none")).json()["search"]
    assert default["budget"] == effort["budget"] == {"tokens": 500, "seconds": 9}
    assert none["budget"] == {"tokens": 500, "seconds": 9}
    assert less.json()["search"]["budget"] == {"tokens": 50, "seconds": 9}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"search": {"budget": {"tokens": 501}}}, "search.budget.tokens"),
        ({"search": {"budget": {"seconds": 9.5}}}, "search.budget.seconds"),
        ({"reasoning": {"max_tokens": 501}}, "reasoning.max_tokens"),
    ],
)
async def test_asking_for_more_than_a_key_allows_names_the_field(
    tmp_path: Path, stream: bool, body: dict, param: str
) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(budget={"tokens": 500, "seconds": 9})
        refused = await world.ask(secret, stream=stream, **body)
        plan = await world.ask(secret, "/v1/search/plan", **body)
    assert code(refused) == code(plan) == (400, "budget_above_key")
    assert refused.json()["error"]["param"] == param


async def test_a_budget_that_was_lowered_is_what_the_search_spends(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(budget={"tokens": 7})
        answer = (
            await world.ask(secret, search={"strategy": {"kind": "best_of_n", "n": 8}})
        ).json()
    assert answer["search"]["stop"] == "budget"
    assert answer["usage"]["completion_tokens"] <= 7


async def test_what_a_day_allows_is_kept_and_outlives_the_process(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(daily_tokens=1)
        assert (await world.ask(secret)).status_code == 200
        assert code(await world.ask(secret)) == (429, "insufficient_quota")
        await world.service.gate.accounts.write(world.store)
    async with a_world(tmp_path) as again:
        refused = await again.ask(secret)
        stream = await again.ask(secret, stream=True)
    assert code(refused) == code(stream) == (429, "insufficient_quota")
    assert refused.headers["x-should-retry"] == "false"
    assert "retry-after" not in refused.headers


async def test_what_was_spent_on_another_day_does_not_count(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(daily_tokens=10, daily_cost=5)
        (key,) = await every_key(world.store)
        for day, tokens, cost in (("2001-01-01", 99, 99.0), (today(), 9, 4.9)):
            spent = KeyDay(key=key.id, day=day, requests=1, tokens=tokens, cost=cost)
            await charge_keys(world.store, [spent])
        assert (await world.ask(secret)).status_code == 200


async def test_money_is_a_quota_too(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(daily_cost=5)
        (key,) = await every_key(world.store)
        spent = KeyDay(key=key.id, day=today(), requests=1, tokens=0, cost=5.0)
        await charge_keys(world.store, [spent])
        assert code(await world.ask(secret)) == (429, "insufficient_quota")


@pytest.mark.parametrize("path", [CHAT, "/v1/search/plan?probe=true"])
async def test_a_search_is_charged_for_what_its_answer_says_it_spent(tmp_path, path) -> None:
    async with a_world(tmp_path) as world:
        answer = (await world.ask(await world.key(), path, search=BEST)).json()
        spent = await spent_today(world)
    bills = answer.get("search", answer)["spent"]
    read = [bill["prompt_tokens"] - bill["cached_tokens"] + bill["completion_tokens"]
            for bill in (bills["generator"], bills["verifier"])]  # fmt: skip
    assert (spent.requests, spent.tokens) == (1, sum(read))


async def test_scores_are_charged_and_refused_as_searches_are(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        secret = await world.key(daily_tokens=1)
        body = {"messages": [{"role": "user", "content": "?"}], "solutions": ["b b"]}
        first = await world.post("/v1/score", secret, body)
        spent = await spent_today(world)
        world.service.gate.accounts.charge(spent.key, Usage(completion_tokens=1))
        second = await world.post("/v1/score", secret, body)
    assert (first.status_code, spent.requests) == (200, 1)
    assert code(second) == (429, "insufficient_quota")


async def test_a_search_that_is_given_up_is_paid_for(tmp_path: Path) -> None:
    engine = FakeEngine(a_or_b, latency=lambda _: 600.0 if len(engine.seen) > 1 else 0.0)
    chain = {"strategy": {"kind": "revisions", "chains": 1, "length": 4}}
    async with a_world(tmp_path, engine) as world, asyncio.TaskGroup() as group:
        asking = group.create_task(world.ask(await world.key(), search=chain))
        await begun(engine, 2)
        asking.cancel()
        await asyncio.wait([asking])
        assert (await spent_today(world)).tokens > 0
