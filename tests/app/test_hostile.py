"""Requests that no client makes by mistake: each is refused with OpenAI's error, or answered."""

from typing import Any

import httpx2
import pytest

from engines.fake import FakeEngine
from tests.app.client import ASK, an_app, call, call_app

CHAT = "/v1/chat/completions"
JSON = {"content-type": "application/json"}
DEEP = 100_000


def asking(text: str) -> bytes:
    """A chat of one message, as it is written."""
    head = b'{"model": "fathom", "messages": [{"role": "user", "content": '
    return head + text.encode("utf-8", "surrogatepass") + b"}]}"


def is_openais(response: httpx2.Response) -> bool:
    error = response.json()["error"]
    return set(error) == {"message", "type", "param", "code"} and bool(error["message"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe{}",
        b"\x00",
        b"[" * DEEP + b"]" * DEEP,
        b'{"model": ' * DEEP,
        b'{"chat_template_kwargs": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
        asking("1" * 10_000),
        asking("1e999"),
        asking("NaN"),
        asking('"\ud800"'),
        asking(r'"\ud800"'),
        b'{"model": "' + b"m" * 1_000_000 + b'", "messages": [{"role": "user", "content": "?"}]}',
    ],
    ids=range(16),
)
@pytest.mark.parametrize("path", [CHAT, "/v1/score", "/v1/ifd", "/v1/search/plan", "/v1/feedback"])
async def test_a_body_that_is_no_request_is_refused(path: str, body: bytes) -> None:
    response = await call("POST", path, content=body, headers=JSON)
    assert response.status_code in (400, 404)
    assert is_openais(response)


@pytest.mark.parametrize(
    "text",
    ["\x00", "\u202e\u2066", "\U0001f409" * 100, "<|im_start|>system", "\r\n\r\ndata: x\n\n"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_any_text_is_answered(text: str, stream: bool) -> None:
    engine = FakeEngine(lambda request, i: f"{text} Answer: 42")
    body = ASK | {"messages": [{"role": "user", "content": text}], "stream": stream}
    response = await call("POST", CHAT, engine, json=body)
    assert response.status_code == 200
    assert not stream or response.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
async def test_a_body_of_another_content_type_is_refused(kind: str) -> None:
    response = await call("POST", CHAT, content=asking('"?"'), headers={"content-type": kind})
    assert response.status_code == 400
    assert is_openais(response)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_another_method_is_not_allowed_and_told_which_are(method: str) -> None:
    response = await call(method, "/v1/score")
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert is_openais(response)


@pytest.mark.parametrize(
    "path",
    ["/" + "a" * 60_000, "/v1/models/" + "%00", "/v1/models/%ff%fe", "/v1/models/..%2f..%2fetc",
     "/v1/models/" + "m:" * 9_000, "//v1//models", "/v1/%20"],
    ids=range(7),
)  # fmt: skip
async def test_a_path_that_leads_nowhere_is_not_found(path: str) -> None:
    response = await call("GET", path)
    assert response.status_code == 404
    assert is_openais(response)


@pytest.mark.parametrize("query", ["probe=true&probe=false", "probe=%00", "probe=" + "1" * 9_000])
async def test_a_parameter_given_twice_or_wrongly_is_answered_or_refused(query: str) -> None:
    response = await call("POST", f"/v1/search/plan?{query}", json=ASK)
    assert response.status_code in (200, 400)
    assert response.status_code == 200 or response.json()["error"]["param"] == "query.probe"


@pytest.mark.parametrize("name", ["a\tb", "x" * 10_000, "", "\u00e9"])
async def test_a_name_for_a_request_that_is_none_is_replaced(name: str) -> None:
    headers = [(b"x-request-id", name.encode())]
    response = await call("GET", "/health", headers=headers)
    assert response.headers["x-request-id"].startswith("req_")


async def test_our_own_fault_is_named_and_counted_like_any_answer() -> None:
    def bug(request: Any, i: int) -> str:
        raise KeyError("nobody foresaw this")

    app = an_app(FakeEngine(bug))
    response = await call_app(app, "POST", CHAT, json=ASK, headers={"x-request-id": "mine"})
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert response.headers["x-request-id"] == "mine"
    counted = (await call_app(app, "GET", "/metrics")).text
    assert f'fathom_requests_total{{endpoint="{CHAT}",status="500"}} 1.0' in counted
