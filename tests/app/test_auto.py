"""The strategy `auto`, its plan and its policy, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from engines.fake import FakeEngine
from search.policy import read, write
from search.strategies import BeamSearch, BestOfN
from tests.app.client import ASK, an_app
from tests.search.world import a_or_b, advising, policy

CHAT, PLAN = "/v1/chat/completions", "/v1/search/plan"
RELOAD = "/v1/search/policy:reload"
AUTO = ASK | {"search": {"strategy": {"kind": "auto", "mode": "once"}, "candidates": 9}}
TABLE = policy(advising(BestOfN(n=6)), advising(BeamSearch(n=6, width=3, rounds=4)))
KEY = {"authorization": "Bearer s3cret"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(TABLE, tmp_path / "policy.yaml")
    return tmp_path / "policy.yaml"


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(a_or_b)


@pytest.fixture
async def client(file: Path, engine: FakeEngine) -> AsyncIterator[httpx2.AsyncClient]:
    app = an_app(engine, policy=file, admin_key="s3cret")
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
async def plain() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(an_app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_an_answer_says_how_hard_the_question_was_and_why_this_strategy(client) -> None:
    search = (await client.post(CHAT, json=AUTO)).json()["search"]
    assert search["strategy"]["kind"] == "auto"
    assert search["difficulty"]["estimator"] == "score"
    assert search["difficulty"]["difficulty"] == 1 - search["difficulty"]["ease"]
    assert search["chosen"] == search["advice"][-1]["strategy"]
    assert "in bin" in search["advice"][-1]["reason"]


async def test_it_costs_at_most_a_probe_more_than_what_it_picks(client, engine) -> None:
    search = (await client.post(CHAT, json=AUTO)).json()["search"]
    [probe] = [len(sample.split()) for sample in [a_or_b(engine.seen[0], 0)]]
    body = ASK | {"search": {"strategy": search["chosen"]}}
    alone = (await client.post(CHAT, json=body)).json()["search"]
    spent = [one["spent"]["generator"]["completion_tokens"] for one in (search, alone)]
    assert spent[0] <= spent[1] + 2 * probe


async def test_a_plan_without_a_probe_is_free_and_tells_of_every_bin(client, engine) -> None:
    plan = (await client.post(PLAN, json=AUTO)).json()
    assert engine.seen == []
    assert plan["object"] == "search.plan"
    assert plan["difficulty"] is None
    assert [one["strategy"]["kind"] for one in plan["by_bin"]] == ["best_of_n", "beam_search"]
    assert "not known before samples are drawn" in plan["reason"]


async def test_a_plan_with_a_probe_is_what_the_search_then_does(client, engine) -> None:
    plan = (await client.post(f"{PLAN}?probe=true", json=AUTO)).json()
    assert [request.n for request in engine.seen] == [2]
    assert plan["spent"]["generator"]["completion_tokens"] > 0
    done = (await client.post(CHAT, json=AUTO)).json()["search"]
    assert (plan["difficulty"], plan["strategy"]) == (done["difficulty"], done["chosen"])
    assert plan["reason"] == done["advice"][0]["reason"]


async def test_a_plan_of_a_named_strategy_says_what_the_table_knows_of_it(client) -> None:
    body = ASK | {"search": {"strategy": {"kind": "best_of_n", "n": 6}, "budget": {"tokens": 90}}}
    plan = (await client.post(PLAN, json=body)).json()
    assert plan["strategy"] == {"kind": "best_of_n", "n": 6}
    assert plan["budget"] == {"tokens": 90}
    assert [one["bin"] for one in plan["by_bin"]] == [1]
    assert plan["reason"].startswith("the request")


async def test_what_a_completion_would_refuse_its_plan_refuses(client) -> None:
    body = ASK | {"search": {"strategy": "auto", "budget": {"cost": 1}}}
    plans = [await client.post(path, json=body) for path in (PLAN, f"{PLAN}?probe=true", CHAT)]
    assert [plan.status_code for plan in plans] == [400] * 3
    assert {plan.json()["error"]["param"] for plan in plans} == {"search.budget.cost"}


async def test_a_changed_file_counts_once_it_is_read_again(client, file: Path) -> None:
    write(policy(advising(BestOfN(n=3))), file)
    before = (await client.post(PLAN, json=AUTO)).json()["by_bin"]
    reloaded = await client.post(RELOAD, headers=KEY)
    after = (await client.post(PLAN, json=AUTO)).json()["by_bin"]
    assert reloaded.json()["data"][0]["file"] == str(file)
    assert (len(before), len(after)) == (2, 1)


@pytest.mark.parametrize("text", ["version: 9", "nothing", None])
async def test_a_broken_file_is_refused_and_the_policy_in_use_stays(client, file, text) -> None:
    file.write_text(text) if text else file.unlink()
    refused = await client.post(RELOAD, headers=KEY)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "policy_unusable"
    assert (await client.post(CHAT, json=AUTO)).status_code == 200


async def test_a_policy_of_another_model_is_refused(client, file: Path) -> None:
    write(read(file).model_copy(update={"model": "other"}), file)
    refused = await client.post(RELOAD, headers=KEY)
    assert "is a policy of the model other, and this is fake" in refused.json()["error"]["message"]


@pytest.mark.parametrize("shown", [{}, {"authorization": "Bearer no"}, {"authorization": "s3cret"}])
async def test_only_administrators_reload(client, shown: dict[str, str]) -> None:
    refused = await client.post(RELOAD, headers=shown)
    assert refused.status_code == 403
    assert refused.json()["error"]["type"] == "permission_error"


async def test_without_a_key_in_the_settings_nobody_reloads(plain) -> None:
    refused = await plain.post(RELOAD, headers=KEY)
    assert refused.status_code == 403
    assert "set `admin_key`" in refused.json()["error"]["message"]


async def test_without_a_policy_the_refusal_says_how_to_get_one(plain) -> None:
    refused = await plain.post(CHAT, json=AUTO)
    assert refused.status_code == 400
    assert "fathom calibrate" in refused.json()["error"]["message"]


async def test_streams_tell_of_it_too(client) -> None:
    answer = await client.post(CHAT, json=AUTO | {"stream": True})
    assert '"difficulty"' in answer.text
    assert answer.text.rstrip().endswith("data: [DONE]")


async def test_what_is_advised_ends_steps_as_the_model_does(engine, tmp_path: Path) -> None:
    beams = BeamSearch(n=6, width=3, rounds=4)
    write(policy(advising(beams), advising(beams)), tmp_path / "policy.yaml")
    app = an_app(engine, policy=tmp_path / "policy.yaml", step_end=" ")
    named = {"search": {"strategy": {"kind": "beam_search", "n": 6, "width": 3, "rounds": 4}}}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as own:
        search = (await own.post(CHAT, json=AUTO)).json()["search"]
        known = (await own.post(PLAN, json=ASK | named)).json()
    assert (search["chosen"]["kind"], search["chosen"]["step_end"]) == ("beam_search", " ")
    assert len(known["by_bin"]) == 2


async def test_a_plan_is_that_of_the_mode_that_is_asked_for(client) -> None:
    body = ASK | {"search": {"strategy": {"kind": "auto", "mode": "sequential"}}}
    plan = (await client.post(f"{PLAN}?probe=true", json=body)).json()
    done = (await client.post(CHAT, json=body)).json()["search"]
    first = done["advice"][0]
    assert (plan["strategy"], plan["reason"]) == (first["strategy"], first["reason"])
    assert "the answer at hand" in plan["reason"]


async def test_what_needed_no_search_was_answered_by_a_plain_sample(file: Path) -> None:
    sure = FakeEngine(lambda request, i: "b b\n\nAnswer: b")
    transport = httpx2.ASGITransport(an_app(sure, policy=file))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        body = ASK | {"search": {"strategy": "auto"}}
        search = (await client.post(CHAT, json=body)).json()["search"]
    assert [one["action"] for one in search["advice"]] == ["stop"]
    assert search["chosen"] == {"kind": "sample", "n": 1}
