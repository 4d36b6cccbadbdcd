"""Responses that are kept: asked for, gone on from, listed, deleted, and forgotten in time."""

import time

from sqlalchemy import update

from app.store import KeptResponse, Store
from app.store.responses import sweep
from tests.app.responses.world import (
    ASK,
    PATH,
    a_key,
    an_app,
    asked,
    events_of,
    refused,
    said_to,
    speaking,
    text_of,
)

NONE = {"reasoning": {"effort": "none"}}


async def test_a_response_can_be_asked_for(client) -> None:
    body = await asked(client)
    assert (await client.get(f"{PATH}/{body['id']}")).json() == body


async def test_a_streamed_response_is_there_when_it_is_said_to_be(client) -> None:
    answer = await client.post(PATH, json=ASK | {"stream": True})
    last = events_of(answer.text)[-1]["response"]
    assert (await client.get(f"{PATH}/{last['id']}")).json() == last


async def test_what_is_not_to_be_kept_is_not(client) -> None:
    body = await asked(client, store=False)
    assert body["store"] is False
    assert (await client.get(f"{PATH}/{body['id']}")).status_code == 404


async def test_without_a_database_only_what_is_not_kept_is_answered() -> None:
    async with speaking(an_app(None)) as client:
        assert (await asked(client, store=False))["status"] == "completed"
        assert (await refused(client))[:2] == (403, "database_off")
        assert (await client.get(f"{PATH}/resp_1")).status_code == 403


async def test_a_response_goes_on_from_all_before_it(client, engine) -> None:
    first = await asked(client, instructions="Be brief.", **NONE)
    second = await asked(client, input="And 7*7?", previous_response_id=first["id"], **NONE)
    await asked(client, input="Sure?", previous_response_id=second["id"], **NONE)
    assert said_to(engine) == [
        ("user", "6*7?"),
        ("assistant", text_of(first)),
        ("user", "And 7*7?"),
        ("assistant", text_of(second)),
        ("user", "Sure?"),
    ]


async def test_a_response_that_is_not_kept_can_go_on_from_one_that_is(client) -> None:
    first = await asked(client)
    assert (await asked(client, previous_response_id=first["id"], store=False))["output"]


async def test_what_a_response_was_made_from_is_listed_by_pages(client) -> None:
    first = await asked(client)
    second = await asked(client, input="And?", previous_response_id=first["id"])
    where = f"{PATH}/{second['id']}/input_items"
    page = (await client.get(where, params={"limit": 2, "order": "asc"})).json()
    rest = (await client.get(where, params={"after": page["last_id"], "order": "asc"})).json()
    texts = [item["content"][0]["text"] for item in page["data"] + rest["data"]]
    assert texts == ["6*7?", text_of(first), "And?"]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    assert (await client.get(where)).json()["data"] == (page["data"] + rest["data"])[::-1]


async def test_a_page_behind_what_is_not_there_is_refused(client) -> None:
    where = f"{PATH}/{(await asked(client))['id']}/input_items"
    answer = await client.get(where, params={"after": "msg_1"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "after")


async def test_a_deleted_response_is_gone(client) -> None:
    first = await asked(client)
    second = await asked(client, previous_response_id=first["id"])
    gone = (await client.delete(f"{PATH}/{first['id']}")).json()
    assert gone == {"id": first["id"], "object": "response", "deleted": True}
    assert (await client.get(f"{PATH}/{first['id']}")).json()["error"][
        "code"
    ] == "response_not_found"
    refusal = await refused(client, previous_response_id=second["id"])
    assert refusal == (404, "response_not_found", "previous_response_id")


async def test_only_the_owner_sees_a_response(store: Store) -> None:
    app = an_app(store, keys="required")
    keys = await a_key(store), await a_key(store)
    async with speaking(app, keys[0]) as own, speaking(app, keys[1]) as other:
        where = f"{PATH}/{(await asked(own))['id']}"
        answers = [
            await other.get(where),
            await other.delete(where),
            await other.get(f"{where}/input_items"),
        ]
        assert {answer.json()["error"]["code"] for answer in answers} == {"response_not_found"}
        assert (await own.get(where)).status_code == 200


async def _age(store: Store, response: str, days: float) -> None:
    async with store.session() as session:
        changed = update(KeptResponse).where(KeptResponse.id == response)
        await session.execute(changed.values(used=time.time() - 86_400 * days))


async def test_a_response_that_was_long_not_used_is_forgotten(client, store: Store) -> None:
    old, new = (await asked(client))["id"], (await asked(client))["id"]
    await _age(store, old, 31)
    assert (await client.get(f"{PATH}/{old}")).status_code == 404
    assert await sweep(store, time.time() - 86_400 * 30) == 1
    assert (await client.get(f"{PATH}/{new}")).status_code == 200


async def test_going_on_from_a_response_keeps_it(client, store: Store) -> None:
    first = (await asked(client))["id"]
    await _age(store, first, 29)
    await asked(client, previous_response_id=first)
    assert await sweep(store, time.time() - 86_400 * 28) == 0
