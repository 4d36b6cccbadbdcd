"""HTTP to model servers: JSON in and out, server-sent events, and when to ask again.

Knows nothing of prompts, samples or any one server's fields; `engines.refusals` reads error bodies.
A cancelled or closed call closes its connection, which is how servers learn to stop.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from io import BytesIO
from secrets import token_hex
from types import TracebackType
from typing import Any, Self, TypeAlias

import aiohttp
import orjson
import stamina
from yarl import URL

from engines.errors import EngineOverloaded, EngineUnavailable
from engines.refusals import Call, event_error, status_error
from engines.resolver import Resolver

Json: TypeAlias = Any
"""What a server answered: whoever reads it must check it."""
Carried: TypeAlias = Callable[[], Mapping[str, str]]
"""Gives headers of the moment, for one call: such as those that say what it is a part of."""
KEEP_ALIVE_SECONDS = 3.0
"""Idle connections are closed before vLLM closes them, after 5 s: a race lost is a dropped call."""
_DRAWING = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=600)
_ASKING = aiohttp.ClientTimeout(total=10, sock_connect=5)
_ATTEMPTS = 4
_LARGE_BYTES = 1 << 20
_NONE: Mapping[str, str] = {}
_LAST: Mapping[str, str] = {"Connection": "close"}
"""Goes with streams: llama.cpp closes behind one whatever it says, and the next call would fail."""
_PATIENCE_SECONDS = 30.0
_DROPPED_SECONDS = 0.05
"""Before asking again over a new connection: the server is likely well, the old one was not."""


def nothing() -> Mapping[str, str]:
    """Carry nothing along; see `Carried`."""
    return _NONE


class Transport:
    """One server's connections, for use inside `async with`.

    Args:
        base_url: what paths are appended to.
        api_key: sent as a bearer token; never in an error or a log.
        connections: the most open at once; further calls wait for one.
        carried: asked at each attempt for headers that go with it.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        connections: int = 512,
        carried: Carried = nothing,
    ) -> None:
        self.move_to(base_url)
        self._carried = carried
        self._headers = {"Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            ttl_dns_cache=30,
            resolver=Resolver(),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_DRAWING,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session
        await self._session.close()
        self._session = None

    def move_to(self, base_url: str) -> None:
        """Ask another address from now on: the server came back elsewhere."""
        self.base_url = base_url.rstrip("/")
        self._name = str(URL(self.base_url).with_user(None))

    async def get(self, path: str) -> Json:
        """Return the JSON at `path`, or None where the body is empty; asked once, for 10 s.

        Raises:
            EngineError: see `post`.
        """
        call = Call(self._name, path)
        async with _closing(await self._ask(call, "GET", timeout=_ASKING)) as response:
            return await _json(response, call)

    async def post(self, path: str, body: Mapping[str, object], *, request_id: str) -> Json:
        """Send JSON and return the JSON answered, asking again while the server is only busy.

        Args:
            path: where to, after the base URL.
            body: what to send.
            request_id: names the call in errors and, with a random end that makes it unique to
                each attempt, in the server's logs.

        Raises:
            RequestRefused: 400, 404, 413, 422; `ContextOverflow` if that is the reason.
            EngineOverloaded: 429 or 503, at every one of four attempts within 30 s.
            EngineUnavailable: another status, no connection, or a body that is not JSON.
        """
        call = Call(self._name, path, request_id)
        async with _closing(await self._insist(call, body)) as response:
            return await _json(response, call)

    def stream(
        self, path: str, body: Mapping[str, object], *, request_id: str
    ) -> AbstractAsyncContextManager[AsyncIterator[Json]]:
        """Send JSON and give the JSON of each event answered, up to `[DONE]` or the body's end.

        Leaving the context closes the connection if there was more to come. Nothing is asked
        again once the server has begun to answer.

        Raises:
            EngineError: on entering or at the next event, one that is an error included; see
                `post`.
        """
        return self._stream(path, body, request_id)

    @asynccontextmanager
    async def _stream(
        self, path: str, body: Mapping[str, object], request_id: str
    ) -> AsyncIterator[AsyncIterator[Json]]:
        call = Call(self._name, path, request_id)
        async with _closing(await self._insist(call, body, _LAST)) as response:
            yield _Events(response, call)

    async def _insist(
        self, call: Call, body: Mapping[str, object], headers: Mapping[str, str] = _NONE
    ) -> aiohttp.ClientResponse:
        data = orjson.dumps(body)
        async for attempt in stamina.retry_context(
            _again,
            attempts=_ATTEMPTS,
            timeout=_PATIENCE_SECONDS,
            wait_initial=0.25,
            wait_jitter=0.5,
        ):
            with attempt:
                name = {"X-Request-Id": f"{call.request_id}-{token_hex(4)}"}
                return await self._ask(call, "POST", data=data, headers={**headers, **name})
        raise AssertionError("stamina returns or raises")

    async def _ask(
        self,
        call: Call,
        method: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] = _NONE,
        timeout: aiohttp.ClientTimeout = _DRAWING,  # noqa: ASYNC109 - aiohttp's, per phase
    ) -> aiohttp.ClientResponse:
        assert self._session, "a Transport is used inside `async with`"
        with _translated(call):
            response = await self._session.request(
                method,
                self.base_url + call.path,
                # As a file where it is large: aiohttp then writes it in pieces.
                data=BytesIO(data) if data and len(data) > _LARGE_BYTES else data,
                headers={**self._carried(), **headers},
                timeout=timeout,
                allow_redirects=False,
            )
        if response.status != 200:  # noqa: PLR2004
            async with _closing(response):
                retry_after = response.headers.get("Retry-After")
                raise status_error(call, response.status, await _said(response), retry_after)
        return response


class _Dropped(EngineUnavailable):
    """The connection went before a byte of the answer came: likely an idle one grown stale."""


def _again(error: Exception) -> bool | float:
    """Say whether to ask again, or after how many seconds if the server said so."""
    if isinstance(error, _Dropped):
        return _DROPPED_SECONDS
    if not isinstance(error, EngineOverloaded):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after <= _PATIENCE_SECONDS and error.retry_after


class _Events:
    """The events of one answer. Not a generator: there is nothing to leave suspended."""

    def __init__(self, response: aiohttp.ClientResponse, call: Call) -> None:
        self._response, self._call = response, call
        self._lines: deque[bytes] = deque()
        self._rest = b""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Json:
        while (line := await self._line()) is not None:
            name, _, value = line.partition(b":")
            if name == b"data":
                return self._read(value.strip())
        raise StopAsyncIteration

    def _read(self, value: bytes) -> Json:
        if value == b"[DONE]":
            raise StopAsyncIteration
        with _translated(self._call):
            event = orjson.loads(value)
        if isinstance(event, dict) and event.get("error"):
            raise event_error(self._call, event)
        return event

    async def _line(self) -> bytes | None:
        # aiohttp's readline() refuses lines over 128 kB; a prompt's ids can be longer.
        while not self._lines:
            with _translated(self._call):
                more = await self._response.content.readany()
            if not more:
                return None
            *lines, self._rest = (self._rest + more).split(b"\n")
            self._lines.extend(lines)
        return self._lines.popleft()


@asynccontextmanager
async def _closing(response: aiohttp.ClientResponse) -> AsyncIterator[aiohttp.ClientResponse]:
    """Close the connection on leaving, unless the whole body was read and it can be used again."""
    try:
        yield response
    finally:
        response.close()


@contextmanager
def _translated(call: Call) -> Iterator[None]:
    try:
        yield
    except aiohttp.ClientConnectorError as error:
        reason = f"{call} cannot be connected to: {error.strerror}"
        raise EngineUnavailable(reason, unspent=True) from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise _Dropped(f"{call} closed the connection before it answered") from error
    except TimeoutError as error:
        raise EngineUnavailable(f"{call} took too long to answer") from error
    except aiohttp.ClientError as error:
        raise EngineUnavailable(f"{call} broke off its answer: {error}") from error
    except orjson.JSONDecodeError as error:
        raise EngineUnavailable(f"{call} answered something that is not JSON") from error


async def _json(response: aiohttp.ClientResponse, call: Call) -> Json:
    with _translated(call):
        body = await response.read()
        return orjson.loads(body) if body else None


async def _said(response: aiohttp.ClientResponse) -> bytes:
    """Read an error's body; the status tells enough if it does not come."""
    try:
        return await response.read()
    except (aiohttp.ClientError, TimeoutError):
        return b""
