"""At the door: who is let in, where to, and what is seen of their keys."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import structlog
from fastapi import Response

from app.keys.doors import door_of
from app.main import create_app
from app.opening import Opening
from engines.fake import FakeEngine
from tests.app.client import call_app
from tests.app.keys.world import CHAT, World, a_world, code
from tests.search.world import a_or_b

RELOAD = "/v1/search/policy:reload"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, admin_key="s3cret") as opened:
        yield opened


async def test_a_key_is_wanted_and_a_good_one_is_answered(world: World) -> None:
    assert code(await world.ask()) == (401, "invalid_api_key")
    assert code(await world.ask("fk-" + 43 * "A")) == (401, "invalid_api_key")
    answer = await world.ask(await world.key())
    assert (answer.status_code, answer.json()["object"]) == (200, "chat.completion")


async def test_a_refusal_is_openais_and_not_worth_repeating(world: World) -> None:
    refused = await world.ask()
    assert refused.json()["error"]["type"] == "authentication_error"
    assert refused.headers["x-should-retry"] == "false"
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["x-request-id"]


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer ", "Basic s3cret", "s3cret"])
async def test_what_is_no_bearer_token_is_no_key(world: World, said: str) -> None:
    answer = await call_app(world.app, "GET", "/v1/models", headers={"authorization": said})
    assert code(answer) == (401, "invalid_api_key")


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/docs", "/openapi.json"])
async def test_probes_and_pages_ask_for_no_key(world: World, path: str) -> None:
    assert (await world.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/models", "/v1/search/strategies", "/no/such", "/health/"])
async def test_everything_else_does(world: World, path: str) -> None:
    assert code(await world.get(path)) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", CHAT, "chat"),
        ("POST", "/v1/score", "chat"),
        ("POST", "/v1/ifd", "chat"),
        ("POST", "/v1/search/plan", "chat"),
        ("GET", "/v1/files", "chat"),
        ("GET", "/v1/search/traces", "traces"),
        ("GET", "/v1/search/traces/chatcmpl-1/events", "traces"),
        ("POST", RELOAD, "admin"),
        ("GET", "/metrics", "admin"),
    ],
)
def test_a_path_asks_for_its_scope(method: str, path: str, scope: str) -> None:
    assert door_of(method, path).scope == scope
    assert door_of(method, path).counted == (method == "POST" and scope == "chat")


async def test_a_key_opens_what_its_scopes_are_for(world: World) -> None:
    chat, traces, admin = [await world.key(scope) for scope in ("chat", "traces", "admin")]
    assert code(await world.ask(traces)) == (403, "scope_missing")
    assert code(await world.ask(chat, RELOAD)) == (403, "scope_missing")
    assert "`admin`" in (await world.ask(chat, RELOAD)).json()["error"]["message"]
    assert code(await world.get("/v1/search/traces/x", chat)) == (403, "scope_missing")
    assert code(await world.get("/v1/search/traces/x", traces)) == (404, "not_kept")
    assert (await world.ask(admin, RELOAD)).status_code == 200


async def test_the_key_of_the_settings_has_all_scopes(world: World) -> None:
    for path in (CHAT, RELOAD):
        assert (await world.ask("s3cret", path)).status_code == 200


async def test_where_no_keys_are_wanted_an_administrators_opens_what_is_theirs(tmp_path) -> None:
    async with a_world(tmp_path, keys="off") as world:
        assert (await world.ask()).status_code == 200
        assert (await world.ask("sk-none")).status_code == 200
        assert code(await world.ask("sk-none", RELOAD)) == (403, "admin_only")
        assert code(await world.ask(await world.key(), RELOAD)) == (403, "admin_only")
        assert (await world.ask(await world.key("admin"), RELOAD)).status_code == 200


async def asked_from(world: World, client: str, secret: str | None = None) -> httpx2.Response:
    transport = httpx2.ASGITransport(world.app, client=(client, 1))
    headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.get("/metrics", headers=headers)


async def test_the_numbers_are_for_this_machine_and_administrators(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        assert (await asked_from(world, "127.0.0.1")).status_code == 200
        assert code(await asked_from(world, "10.0.0.1")) == (401, "invalid_api_key")
        assert code(await asked_from(world, "10.0.0.1", await world.key())) == (
            403,
            "scope_missing",
        )
        assert (await asked_from(world, "10.0.0.1", await world.key("admin"))).status_code == 200


@pytest.mark.parametrize("settings", [{"open_metrics": True}, {"keys": "off"}])
async def test_the_numbers_can_be_for_everybody(tmp_path: Path, settings) -> None:
    async with a_world(tmp_path, **settings) as world:
        assert (await asked_from(world, "10.0.0.1")).status_code == 200


async def test_a_key_is_neither_sent_on_nor_written_to_the_log(tmp_path: Path) -> None:
    engine = FakeEngine(a_or_b)
    async with a_world(tmp_path, engine) as world:
        secret = await world.key()
        with structlog.testing.capture_logs() as logged:
            assert (await world.ask(secret)).status_code == 200
            await world.ask(secret, "/no/such/path")
    assert logged
    assert secret not in repr(logged)
    assert secret not in repr(engine.seen)


async def test_routes_see_who_asks_and_not_the_key(world: World) -> None:
    seen = []

    async def spy(scope, receive, send) -> None:
        seen.append((scope["fathom.caller"], dict(scope["headers"])))
        await Response()(scope, receive, send)

    world.app.mount("/v1/spied", spy)
    await world.get("/v1/spied/", await world.key())
    ((caller, headers),) = seen
    assert caller.id.startswith("key_")
    assert b"host" in headers
    assert b"authorization" not in headers


async def test_refusals_are_counted_by_their_code(world: World) -> None:
    await world.ask()
    await world.ask(await world.key("traces"))
    told = (await world.get("/metrics")).text
    assert 'fathom_refusals_total{code="invalid_api_key"} 1.0' in told
    assert 'fathom_refusals_total{code="scope_missing"} 1.0' in told


async def test_a_service_that_is_not_ready_says_so_before_it_looks_at_keys() -> None:
    answer = await call_app(create_app(Opening()), "POST", CHAT, json={})
    assert code(answer) == (503, "not_ready")
