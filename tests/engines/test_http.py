"""The transport against a real server on the loopback, which answers as it is told."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import stamina
from aiohttp import web

from engines.errors import ContextOverflow, EngineOverloaded, EngineUnavailable, RequestRefused
from engines.http import KEEP_ALIVE_SECONDS, Json, Transport
from tests.engines.told import Script, hangs_up, says, sends, serving

VLLM_CLOSES_IDLE_AFTER_SECONDS = 5


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """Wait for real, and list the seconds waited before each further attempt."""
    seconds: list[float] = []
    stamina.set_testing(False)
    stamina.instrumentation.set_on_retry_hooks([lambda retry: seconds.append(retry.wait_for)])
    yield seconds
    stamina.instrumentation.set_on_retry_hooks(None)


async def ask(transport: Transport) -> Json:
    return await transport.post("/v1/completions", {"n": 1}, request_id="1.0")


async def read(transport: Transport) -> list[Json]:
    async with transport.stream("/v1/completions", {"n": 1}, request_id="1.0") as events:
        return [event async for event in events]


def failing(message: str, kind: str, code: int) -> Json:
    return {"error": {"message": message, "type": kind, "param": "max_tokens", "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, failing("n must be positive", "BadRequestError", 400), RequestRefused),
        (404, failing("no such model", "NotFoundError", 404), RequestRefused),
        (422, {"detail": [{"msg": "field required"}]}, RequestRefused),
        (400, failing("This model's maximum context length is 2048", "BadRequestError", 400),
         ContextOverflow),
        (400, failing("max_tokens=9 is more than max_model_len=8", "BadRequestError", 400),
         ContextOverflow),
        (400, failing("request (9 tokens) exceeds", "exceed_context_size_error", 400),
         ContextOverflow),
        (401, {"error": "Unauthorized"}, EngineUnavailable),
        (429, failing("slow down", "rate_limit", 429), EngineOverloaded),
        (503, failing("Loading model", "unavailable_error", 503), EngineOverloaded),
        (500, failing("Context size has been exceeded.", "server_error", 500), EngineOverloaded),
        (500, failing("oops", "InternalServerError", 500), EngineUnavailable),
        (302, {}, EngineUnavailable),
    ],
)  # fmt: skip
async def test_a_status_becomes_the_error_callers_can_act_on(status, body, kind):
    async with serving(says(body, status)) as transport:
        with pytest.raises(kind) as caught:
            await ask(transport)
    assert caught.type is kind


async def test_a_refusal_names_field_and_request_but_not_the_server():
    body = failing("n must be positive", "BadRequestError", 400)
    async with serving(says(body, 400)) as transport:
        with pytest.raises(RequestRefused) as caught:
            await ask(transport)
    assert caught.value.param == "max_tokens"
    assert str(caught.value) == "/v1/completions (request 1.0) was refused: n must be positive"


async def test_a_wrong_key_is_said_without_telling_the_key():
    async with serving(says({"error": "Unauthorized"}, 401), api_key="s3cret") as transport:
        with pytest.raises(EngineUnavailable, match="does not accept our key") as caught:
            await ask(transport)
    assert "s3cret" not in str(caught.value)


async def test_the_key_is_sent_as_a_bearer_token():
    server = Script(says({}))
    async with serving(server.answer, api_key="s3cret") as transport:
        await ask(transport)
    assert server.headers[0]["Authorization"] == "Bearer s3cret"


async def test_what_is_carried_is_asked_for_at_each_attempt_and_goes_along():
    server, moments = Script(says({}, 503), says({})), iter("ab")
    async with serving(server.answer, carried=lambda: {"traceparent": next(moments)}) as transport:
        await ask(transport)
    assert [headers["traceparent"] for headers in server.headers] == ["a", "b"]


async def test_an_answer_that_is_not_json_is_an_unavailable_engine():
    async def html(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>")

    async with serving(html) as transport:
        with pytest.raises(EngineUnavailable, match="not JSON"):
            await ask(transport)


async def test_no_server_is_an_unavailable_engine_at_once():
    async with serving(says({})) as transport:
        gone = transport.base_url
    async with Transport(gone) as transport:
        with pytest.raises(EngineUnavailable, match="cannot be connected to") as caught:
            await ask(transport)
    assert caught.value.unspent


async def test_a_busy_server_is_asked_again():
    async with serving(Script(says({}, 503), says({}, 429), says({"ok": 1})).answer) as transport:
        assert await ask(transport) == {"ok": 1}


async def test_a_server_that_stays_busy_is_asked_four_times():
    server = Script(says({}, 503))
    async with serving(server.answer) as transport:
        with pytest.raises(EngineOverloaded):
            await ask(transport)
    assert len(server.headers) == 4


async def test_retry_after_is_honoured(waits):
    async with serving(Script(says({}, 503, Retry_After="0.01"), says({})).answer) as transport:
        await ask(transport)
    assert waits == [0.01]


async def test_a_wait_beyond_our_patience_is_passed_on_instead():
    server = Script(says({}, 429, Retry_After="3600"))
    async with serving(server.answer) as transport:
        with pytest.raises(EngineOverloaded) as caught:
            await ask(transport)
    assert (len(server.headers), caught.value.retry_after) == (1, 3600)


async def test_a_refused_request_is_not_repeated():
    server = Script(says({}, 400))
    async with serving(server.answer) as transport:
        with pytest.raises(RequestRefused):
            await ask(transport)
    assert len(server.headers) == 1


async def test_a_connection_reset_before_the_answer_is_asked_again():
    async with serving(Script(hangs_up, says({"ok": 1})).answer) as transport:
        assert await ask(transport) == {"ok": 1}


async def test_nothing_is_asked_again_once_an_answer_has_begun():
    server = Script(sends('data: {"i": 0}\n\n', then_hangs_up=True))
    async with serving(server.answer) as transport:
        with pytest.raises(EngineUnavailable) as caught:
            await read(transport)
    assert len(server.headers) == 1
    assert not caught.value.unspent


async def test_each_attempt_has_a_name_of_its_own():
    server = Script(says({}, 503), says({}))
    async with serving(server.answer) as transport:
        await ask(transport)
        await ask(transport)
    names = [headers["X-Request-Id"] for headers in server.headers]
    assert len(set(names)) == 3
    assert all(name.startswith("1.0-") for name in names)


async def test_a_stream_gives_events_wherever_the_bytes_are_cut():
    events = sends(
        ": hello\n\nda", 'ta: {"i": 0}\n', '\ndata: {"i": 1}\r\n\r\n', "data: [DONE]\n\n"
    )
    async with serving(events) as transport:
        assert await read(transport) == [{"i": 0}, {"i": 1}]


async def test_a_connection_that_streamed_is_not_used_again():
    server = Script(sends("data: [DONE]\n\n"))
    async with serving(server.answer) as transport:
        await read(transport)
    assert server.headers[0]["Connection"] == "close"


async def test_a_stream_may_have_very_long_events():
    event = '{"ids": "' + "7" * 300_000 + '"}'
    async with serving(sends(f"data: {event}\n\n")) as transport:
        assert len((await read(transport))[0]["ids"]) == 300_000


async def test_an_error_in_a_stream_is_raised():
    body = '{"error": {"message": "out of room", "code": 503}}'
    async with serving(sends('data: {"i": 0}\n\n', f"data: {body}\n\n")) as transport:
        with pytest.raises(EngineOverloaded, match="out of room") as caught:
            await read(transport)
    # What was drawn before it is spent.
    assert not caught.value.unspent


class Stuck:
    """Begins to answer if `begins`, and then waits until the client has gone."""

    def __init__(self, *, begins: bool) -> None:
        self.begins, self.asked, self.left = begins, asyncio.Event(), asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if self.begins:
            await response.prepare(request)
            await response.write(b'data: {"i": 0}\n\n')
        self.asked.set()
        try:
            return await asyncio.Future()
        finally:
            self.left.set()


async def test_cancelling_a_call_closes_its_connection():
    server = Stuck(begins=False)
    async with (
        serving(server.answer) as transport,
        asyncio.timeout(5),
        asyncio.TaskGroup() as group,
    ):
        call = group.create_task(ask(transport))
        await server.asked.wait()
        call.cancel()
        await server.left.wait()


async def test_leaving_a_stream_closes_its_connection():
    server = Stuck(begins=True)
    async with serving(server.answer) as transport, asyncio.timeout(5):
        async with transport.stream("/", {}, request_id="1.0") as events:
            assert await anext(events) == {"i": 0}
        await server.left.wait()


async def test_a_server_that_moved_is_asked_at_its_new_address():
    async with serving(says({"at": 1})) as transport, serving(says({"at": 2})) as other:
        transport.move_to(other.base_url)
        assert await transport.get("/health") == {"at": 2}


async def test_an_empty_answer_to_a_health_check_is_fine():
    async def empty(request: web.Request) -> web.StreamResponse:
        return web.Response()

    async with serving(empty) as transport:
        assert await transport.get("/health") is None


def test_idle_connections_are_dropped_before_the_server_drops_them():
    assert KEEP_ALIVE_SECONDS < VLLM_CLOSES_IDLE_AFTER_SECONDS


async def test_localhost_is_found_while_every_thread_is_busy():
    freed = threading.Event()
    threads = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)
    async with serving(says({"ok": 1})) as transport:
        threads.submit(freed.wait)
        local = transport.base_url.replace("127.0.0.1", "localhost")
        try:
            async with Transport(local) as other, asyncio.timeout(5):
                assert await other.get("/health") == {"ok": 1}
        finally:
            freed.set()
