"""Searches that are kept are listed, looked at, compared, exported, and run again."""

import asyncio
from pathlib import Path

import pytest

from app.traces.replaying import replayed
from search.strategies import Strategy
from search.trace import RecordedSearch
from tests.app.cli_world import fathom
from tests.app.client import BEAM
from tests.app.traces.world import CHAT, TRACES, got, keeping, kept, refused
from tests.search.world import STRATEGIES

ROW = {"id", "object", "created", "model", "strategy", "score", "stop", "tokens", "seconds",
       "flops", "question", "bytes", "kept"}  # fmt: skip


async def test_a_list_shows_what_it_takes_to_tell_searches_apart(client) -> None:
    body = await kept(client, search=BEAM)
    listed = await got(client, TRACES)
    [row] = listed["data"]
    assert set(row) == ROW
    assert listed["first_id"] == listed["last_id"] == row["id"] == body["id"]
    assert (row["strategy"], row["question"], row["stop"]) == ("beam_search", "6*7?", "finished")
    assert row["score"] == body["search"]["score"]
    usage = body["usage"]["completion_tokens_details"]["reasoning_tokens"]
    spent = body["search"]["spent"]
    assert row["tokens"] == {
        "generated": spent["generator"]["completion_tokens"], "discarded": usage,
        "verifier": spent["verifier"]["completion_tokens"],
    }  # fmt: skip


async def test_a_list_comes_in_pages_the_newest_first(client) -> None:
    ids = [(await kept(client))["id"] for _ in range(5)][::-1]
    first = await got(client, TRACES, limit=2)
    second = await got(client, TRACES, limit=2, after=first["last_id"])
    third = await got(client, TRACES, limit=2, after=second["last_id"])
    pages = [first, second, third]
    assert [one["id"] for page in pages for one in page["data"]] == ids
    assert [page["has_more"] for page in pages] == [True, True, False]
    oldest = await got(client, TRACES, limit=1, order="asc")
    assert oldest["first_id"] == ids[-1]


async def test_a_list_can_be_of_one_strategy_or_model(client) -> None:
    beam = (await kept(client, search=BEAM))["id"]
    alias = (await kept(client, model="fathom:majority"))["id"]
    found = [await got(client, TRACES, strategy="beam_search"),
             await got(client, TRACES, model="fathom:majority")]  # fmt: skip
    assert [[one["id"] for one in page["data"]] for page in found] == [[beam], [alias]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "order=up", "after=a%00b", "model=%00"])
async def test_a_list_that_makes_no_sense_is_refused_by_its_field(client, query: str) -> None:
    told = await refused(client, "GET", f"{TRACES}?{query}")
    assert told == (400, "invalid_value", f"query.{query.partition('=')[0]}")


@pytest.mark.parametrize("body", [
    {"search": BEAM | {"on_verifier_error": "fail"}},
    {"search": {"strategy": "best_of_n"}, "n": 2, "include_reasoning": True},
    {"search": {"strategy": "tournament", "budget": {"tokens": 60}}},
])  # fmt: skip
async def test_a_search_is_shown_as_the_completion_that_tells_all_of_it(client, body: dict) -> None:
    all_of_it = body["search"] | {"trace": True, "candidates": 256}
    told = await kept(client, **body | {"search": all_of_it})
    shown = await got(client, f"{TRACES}/{told['id']}")
    assert shown["search"] == told.pop("search")
    assert shown["answer"] == told
    assert shown["request"]["messages"] == [{"role": "user", "content": "6*7?"}]
    assert shown["request"]["search"]["keep"] is True


async def test_a_streamed_search_is_kept_as_well(client) -> None:
    asked = {"model": "fathom", "messages": [{"role": "user", "content": "6*7?"}], "stream": True,
             "search": BEAM | {"keep": True}}  # fmt: skip
    text = (await client.post(CHAT, json=asked, headers={"x-caller": "ann"})).text
    [row] = (await got(client, TRACES))["data"]
    shown = await got(client, f"{TRACES}/{row['id']}")
    assert f'"id":"{row["id"]}"' in text
    assert shown["answer"]["choices"][0]["message"]["content"].split()[-1] in text


async def test_a_search_that_is_deleted_is_gone(client) -> None:
    path = f"{TRACES}/{(await kept(client))['id']}"
    told = (await client.delete(path, headers={"x-caller": "ann"})).json()
    assert told["deleted"]
    assert (await refused(client, "GET", path))[:2] == (404, "not_kept")
    assert (await got(client, TRACES))["data"] == []


@pytest.mark.parametrize("strategy", [s for s in STRATEGIES if s.advised == "never"],
                         ids=lambda s: f"{s.kind}{s.solutions}")  # fmt: skip
async def test_a_kept_search_comes_to_the_same_without_a_model(client, strategy: Strategy) -> None:
    search = {"strategy": strategy.model_dump(mode="json"), "budget": {"tokens": 200}}
    name = (await kept(client, search=search))["id"]
    again = await client.post(f"{TRACES}/{name}/replay", headers={"x-caller": "ann"})
    told = again.json()
    assert (told["same"], told["differing"], told["reason"]) == (True, [], None)
    shown = await got(client, f"{TRACES}/{name}")
    assert told["result"]["score"] == shown["score"]


async def test_an_export_is_what_replay_and_export_read(client, tmp_path: Path) -> None:
    name = (await kept(client, search=BEAM))["id"]
    response = await client.get(f"{TRACES}/{name}/export", headers={"x-caller": "ann"})
    assert response.headers["content-disposition"] == f'attachment; filename="{name}.json"'
    file = tmp_path / f"{name}.json"
    file.write_bytes(response.content)
    assert RecordedSearch.read(file).dump() == response.content
    shown = await asyncio.to_thread(fathom, "replay", str(file))
    assert (shown.exit_code, shown.stderr) == (0, "")
    words = ("export", "sft", str(file), "--out", str(tmp_path / "rows.jsonl"))
    made = await asyncio.to_thread(fathom, *words)
    assert made.stdout.startswith("1 rows of 1 searches")


async def test_a_search_that_no_longer_replays_says_why(client) -> None:
    name = (await kept(client, search={"strategy": "best_of_n"}))["id"]
    content = (await client.get(f"{TRACES}/{name}/export", headers={"x-caller": "ann"})).content
    recorded = RecordedSearch.load(content, name)
    drawn = [event for event in recorded.events if event.kind == "generated"]
    recorded.events.remove(drawn[-1])
    told = await replayed(recorded)
    assert (told["same"], told["result"]) == (False, None)
    assert told["reason"] == f"request {drawn[-1].request.id} is not in the trace as asked"


async def test_a_result_that_differs_is_named(client) -> None:
    name = (await kept(client))["id"]
    content = (await client.get(f"{TRACES}/{name}/export", headers={"x-caller": "ann"})).content
    recorded = RecordedSearch.load(content, name)
    recorded.result["score"] = 2.0
    told = await replayed(recorded)
    assert (told["same"], told["differing"]) == (False, ["score"])


async def test_two_searches_stand_side_by_side(client) -> None:
    one = await kept(client, search=BEAM)
    other = await kept(client, search={"strategy": "best_of_n"}, seed=3)
    told = await got(client, f"{TRACES}/compare", a=one["id"], b=other["id"])
    texts = [body["choices"][0]["message"]["content"] for body in (one, other)]
    assert [told[side]["answer"] for side in "ab"] == texts
    assert told["same_question"] is True
    assert told["same_answer"] is (texts[0][-1] == texts[1][-1])
    assert [told[side]["strategy"] for side in "ab"] == ["beam_search", "best_of_n"]
    assert set(told["a"]) == ROW | {"answer"}


async def test_of_a_search_too_large_the_summary_is_kept(tmp_path: Path) -> None:
    async with keeping(tmp_path / "a.db", traces={"trace_megabytes": 0.001}) as client:
        name = (await kept(client, search=BEAM))["id"]
        shown = await got(client, f"{TRACES}/{name}")
        assert (shown["kept"], shown["strategy"]) == ("summary", "beam_search")
        assert (shown["search"], shown["request"], shown["answer"]) == (None, None, None)
        for method, what in (("GET", "export"), ("POST", "replay")):
            told = await refused(client, method, f"{TRACES}/{name}/{what}")
            assert told == (409, "summary_only", None)
        both = await got(client, f"{TRACES}/compare", a=name, b=name)
        assert (both["same_question"], both["same_answer"]) == (None, None)


async def test_a_question_is_shown_by_its_beginning(client) -> None:
    await kept(client, messages=[{"role": "user", "content": "a\0b" + "c" * 300}])
    [row] = (await got(client, TRACES))["data"]
    assert row["question"] == "ab" + "c" * 198
