"""What is remembered of answers, and what is said of them afterwards."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from app.main import create_app
from app.opening import Opening
from app.remembering import advised
from app.service import open_service
from app.settings import Settings
from app.store import StoreError, open_store
from tests.app.client import ASK, BEAM, a_service, call
from tests.app.test_chat import frames

POLICYS = ("estimator", "ease", "bin", "chosen", "action", "left_tokens", "right")
CHAT, FEEDBACK = "/v1/chat/completions", "/v1/feedback"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outcomes.db"


@pytest.fixture
async def client(file: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_store(file) as store:
        app = create_app(Opening(replace(a_service(), outcomes=store)))
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


def rows(file: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM outcomes ORDER BY at")]


async def answered(client: httpx2.AsyncClient, **body: Any) -> dict[str, Any]:
    return (await client.post(CHAT, json=ASK | body)).json()


async def judged(client: httpx2.AsyncClient, trace: str, verdict: str) -> dict[str, Any]:
    return (await client.post(FEEDBACK, json={"trace": trace, "verdict": verdict})).json()


async def test_an_answer_is_remembered_under_its_id(client, file: Path) -> None:
    body = await answered(client, search=BEAM | {"budget": {"tokens": 500}})
    [row] = rows(file)
    assert row["trace"] == body["id"] == body["search"]["trace_id"]
    assert (row["model"], row["budget_tokens"]) == ("fake", 500)
    assert row["tokens"] == sum(
        body["search"]["spent"][who]["completion_tokens"] for who in ("generator", "verifier")
    )
    assert row["score"] == body["search"]["score"]
    assert '"kind": "beam_search"' in row["strategy"]
    assert [row[name] for name in POLICYS] == [None] * len(POLICYS)


async def test_the_chunks_of_a_stream_have_the_id_that_is_remembered(client, file: Path) -> None:
    response = await client.post(CHAT, json=ASK | {"stream": True})
    *chunks, done = frames(response.text)
    assert done == "[DONE]"
    [row] = rows(file)
    assert all(f'"id":"{row["trace"]}"' in chunk for chunk in chunks)
    assert f'"trace_id":"{row["trace"]}"' in chunks[-1]


async def test_no_word_of_a_conversation_is_kept(client, file: Path) -> None:
    asked = [{"role": "user", "content": "A secret of mine?"}]
    body = await answered(client, messages=asked)
    kept = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"secret" not in kept
    assert body["choices"][0]["message"]["content"].encode() not in kept


async def test_only_equal_conversations_share_a_hash(client, file: Path) -> None:
    other = [{"role": "system", "content": "Be brief."}, *ASK["messages"]]
    for messages in (ASK["messages"], ASK["messages"], other):
        await answered(client, messages=messages)
    first, second, third = (row["conversation"] for row in rows(file))
    assert first == second != third
    assert len(first) == len(hashlib.sha256().hexdigest())


async def test_a_verdict_is_kept_with_the_answer(client, file: Path) -> None:
    good, bad, untold = [(await answered(client))["id"] for _ in range(3)]
    told = await judged(client, good, "right")
    assert told == {"object": "feedback", "trace": good, "verdict": "right", "replaced": None}
    await judged(client, bad, "wrong")
    assert {row["trace"]: row["right"] for row in rows(file)} == {good: 1, bad: 0, untold: None}


async def test_of_several_verdicts_the_last_counts(client, file: Path) -> None:
    trace = (await answered(client))["id"]
    told = [await judged(client, trace, said) for said in ("right", "right", "wrong")]
    assert [one["replaced"] for one in told] == [None, None, "right"]
    assert rows(file)[0]["right"] == 0


async def test_an_id_that_was_never_given_is_a_404(client) -> None:
    response = await client.post(FEEDBACK, json={"trace": "chatcmpl-0", "verdict": "right"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (
        404, "trace_not_found", "trace")  # fmt: skip


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"verdict": "right"}, "trace"),
        ({"trace": "a"}, "verdict"),
        ({"trace": "a", "verdict": "maybe"}, "verdict"),
        ({"trace": "a", "verdict": True}, "verdict"),
        ({"trace": 3, "verdict": "right"}, "trace"),
        ({"trace": "a", "verdict": "right", "score": 0.5}, "score"),
    ],
)
async def test_feedback_that_makes_no_sense_is_refused_by_its_field(client, body, param) -> None:
    response = await client.post(FEEDBACK, json=body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


async def test_without_a_store_feedback_says_how_to_switch_it_on() -> None:
    response = await call("POST", FEEDBACK, json={"trace": "a", "verdict": "right"})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (403, "feedback_off")
    assert "FATHOM_OUTCOMES" in error["message"]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_store_that_fails_costs_no_answer(client, file: Path, stream: bool) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE outcomes")
    with capture_logs() as logs:
        response = await client.post(CHAT, json=ASK | {"stream": stream})
    assert response.status_code == 200
    assert "Answer: " in response.text
    [warned] = [log for log in logs if log["log_level"] == "warning"]
    assert warned["event"] == "not remembered"
    assert warned["reason"] == f"{file} cannot be used: no such table: outcomes"


async def test_a_verdict_that_cannot_be_kept_is_an_error(client, file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE outcomes")
    response = await client.post(FEEDBACK, json={"trace": "a", "verdict": "right"})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "store_failed")


async def test_what_is_remembered_is_there_when_the_file_is_opened_again(file: Path) -> None:
    for _ in range(2):
        async with open_store(file) as store:
            app = create_app(Opening(replace(a_service(), outcomes=store)))
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
                await answered(client)
    assert len(rows(file)) == 2


@pytest.mark.parametrize("name", ["nowhere/outcomes.db", "."])
async def test_a_file_that_cannot_be_used_is_said_at_the_start(tmp_path: Path, name: str) -> None:
    settings = Settings(outcomes=tmp_path / name)
    with pytest.raises(StoreError, match="unable to open database file"):
        async with open_service(settings):
            pass


async def test_others_can_read_while_it_is_written(client, file: Path) -> None:
    await answered(client)
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_a_policy_said_is_kept_where_one_was_asked() -> None:
    difficulty = {"estimator": "score", "ease": None, "bin": 2, "edges": [0.5]}
    report = {
        "difficulty": difficulty,
        "chosen": {"kind": "sample", "n": 1},
        "advice": [{"action": "continue", "left": 90}, {"action": "stop", "left": 40}],
    }
    assert advised(report) == {
        "estimator": "score", "ease": None, "bin": 2, "chosen": {"kind": "sample", "n": 1},
        "action": "stop", "left_tokens": 40,
    }  # fmt: skip
    assert advised({"strategy": {}}) == {}
