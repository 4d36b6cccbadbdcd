"""What is kept of a request, and what is not."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.callers import ANYONE, Caller
from app.store import open_store
from app.traces.config import TracesConfig
from app.traces.wanted import Wanted, wanted
from app.wire import ChatRequest
from tests.app.client import ASK
from tests.app.traces.world import CHAT, TRACES, an_app, asking, got, keeping, kept, refused

ALL, ASKED, NONE = (TracesConfig(keep=keep) for keep in ("all", "asked", "none"))


@pytest.mark.parametrize(
    ("config", "body", "trace", "completion"),
    [
        (ASKED, {}, False, False),
        (ASKED, {"search": {"keep": True}}, True, False),
        (ASKED, {"store": True}, True, True),
        (ASKED, {"store": True, "search": {"keep": False}}, False, True),
        (ALL, {}, True, False),
        (ALL, {"search": {"keep": False}}, False, False),
        (NONE, {}, False, False),
        (NONE, {"store": True}, False, True),
    ],
)
async def test_a_request_is_kept_as_it_asks_and_as_is_configured(
    config: TracesConfig, body: dict, trace: bool, completion: bool, tmp_path: Path
) -> None:
    request = ChatRequest.model_validate(ASK | body)
    async with open_store(tmp_path / "a.db") as store:
        assert wanted(request, config, store, ANYONE) == Wanted(trace, completion)
        nothing = Caller("a", kept=False)
        if not (request.store or request.search.keep):
            assert wanted(request, config, store, nothing) == Wanted(trace=False, completion=False)


async def test_nothing_is_kept_unless_it_is_asked_for(client) -> None:
    await client.post(CHAT, json=ASK)
    assert (await got(client, TRACES, "admin"))["data"] == []
    assert (await got(client, CHAT, "admin"))["data"] == []


@pytest.mark.parametrize(("body", "param"), [
    ({"store": True}, "store"), ({"search": {"keep": True}}, "search.keep"),
])  # fmt: skip
async def test_a_key_of_which_nothing_is_kept_is_told_so(client, body: dict, param: str) -> None:
    told = await refused(client, "POST", CHAT, "unkept", json=ASK | body)
    assert told == (403, "keeping_refused", param)


async def test_a_server_that_keeps_no_searches_says_so(tmp_path: Path) -> None:
    async with keeping(tmp_path / "a.db", traces={"keep": "none"}) as client:
        told = await refused(client, "POST", CHAT, json=ASK | {"search": {"keep": True}})
    assert told == (403, "keeping_refused", "search.keep")


@pytest.mark.parametrize("path", [CHAT, "/v1/search/plan"])
@pytest.mark.parametrize("body", [{"store": True}, {"search": {"keep": True}}])
async def test_without_a_database_nothing_can_be_kept(path: str, body: dict) -> None:
    async with asking(an_app(None)) as client:
        assert await refused(client, "POST", path, json=ASK | body) == (403, "database_off", None)
        assert (await client.post(CHAT, json=ASK)).status_code == 200
        assert await refused(client, "GET", TRACES) == (403, "database_off", None)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_store_that_fails_costs_no_answer(client, tmp_path: Path, stream: bool) -> None:
    with closing(sqlite3.connect(tmp_path / "kept.db")) as database:
        database.execute("DROP TABLE trace_words")
    with capture_logs() as logs:
        asked = ASK | {"store": True, "stream": stream}
        response = await client.post(CHAT, json=asked, headers={"x-caller": "ann"})
    assert (response.status_code, "Answer: " in response.text) == (200, True)
    [warned] = [log for log in logs if log["log_level"] == "warning"]
    assert warned["event"] == "not kept"
    # All or nothing: the completion is not kept without its search.
    assert (await got(client, CHAT))["data"] == []


async def test_what_a_key_keeps_others_do_not_see(client) -> None:
    mine = (await kept(client, "ann", store=True))["id"]
    paths = (f"{TRACES}/{mine}", f"{TRACES}/{mine}/export", f"{CHAT}/{mine}",
             f"{CHAT}/{mine}/messages", f"{TRACES}/compare?a={mine}&b={mine}")  # fmt: skip
    for path in paths:
        assert await refused(client, "GET", path, "bob") == (404, "not_kept", None)
        assert (await client.get(path, headers={"x-caller": "admin"})).status_code == 200
    for path in (f"{TRACES}/{mine}", f"{CHAT}/{mine}"):
        assert (await refused(client, "DELETE", path, "bob"))[:2] == (404, "not_kept")
    assert (await refused(client, "POST", f"{TRACES}/{mine}/replay", "bob"))[0] == 404
    assert (await refused(client, "POST", f"{CHAT}/{mine}", "bob", json={"metadata": {}}))[0] == 404


async def test_lists_are_of_the_caller_alone(client) -> None:
    mine, other = [(await kept(client, who, store=True))["id"] for who in ("ann", "bob")]
    for path in (TRACES, CHAT):
        assert [one["id"] for one in (await got(client, path, "ann"))["data"]] == [mine]
        everybody = (await got(client, path, "admin", order="asc"))["data"]
        assert [one["id"] for one in everybody] == [mine, other]
        assert await refused(client, "GET", f"{path}?after={other}") == (404, "not_kept", "after")
