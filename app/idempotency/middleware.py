"""Around every request with a key: its answer is found once, and sent as often as it is asked for.

Plain ASGI, inside of whatever says who asks: keys are of callers.
"""

import asyncio
import time
from dataclasses import dataclass
from math import ceil
from secrets import token_hex

import structlog
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.callers import ANYONE, Caller
from app.errors import DatabaseOff, error_body
from app.idempotency.asked import Asked, GoneAlready, key_of, read
from app.idempotency.config import IdempotencyConfig
from app.idempotency.errors import IdempotencyError, KeyMismatch, KeyRunning
from app.idempotency.recording import Recording, replayed
from app.opening import NotReady, Opening
from app.store import Store, StoreError
from app.store.idempotency import Holder, claim, hold
from engines.tasks import Beside

_LEASE_SECONDS = 60.0
"""How long a key is held without a word of who holds it."""
_HOUR = 3_600.0
_LONGEST_WAIT_SECONDS = 30.0

_log = structlog.get_logger("fathom")


@dataclass(frozen=True, slots=True)
class Run:
    """One request with a key: where keys are kept, and who holds this one."""

    store: Store
    config: IdempotencyConfig
    mine: Holder

    async def begin(self, scope: Scope, receive: Receive) -> Asked | Response:
        """Read the request and claim its key; return it, or the answer if that is there already.

        Raises:
            BodyTooLarge: it is larger than a request with a key may be.
            GoneAlready: the client hung up.
            KeyMismatch: the key is another request's.
            KeyRunning: somebody is at it.
            StoreError: the database failed.
        """
        asked, now = await read(scope, receive, self.config.megabytes), time.time()
        expires = now + self.config.hours * _HOUR
        until = now + _LEASE_SECONDS
        other = await claim(
            self.store, self.mine, asked.digest, now=now, held_until=until, expires=expires
        )
        if other is None:
            return asked
        if other.asked != asked.digest:
            raise KeyMismatch
        if other.status is None:
            raise KeyRunning(now - (other.expires - self.config.hours * _HOUR))
        return await asyncio.to_thread(replayed, other)

    async def keep_held(self) -> None:
        """Say that the run goes on, until cancelled."""
        while True:
            await asyncio.sleep(_LEASE_SECONDS / 3)
            try:
                await hold(self.store, self.mine, time.time() + _LEASE_SECONDS)
            except StoreError as error:
                _log.warning("a key is not held", reason=str(error))


class Idempotent:
    """Answers requests with an `Idempotency-Key` once; see `docs/api.md`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        try:
            run = _run(scope)
            begun = None if run is None else await run.begin(scope, receive)
        except (IdempotencyError, DatabaseOff, StoreError) as error:
            await _refusal(error)(scope, receive, send)
            return
        except GoneAlready:
            return
        if run is None:
            await self._app(scope, receive, send)
        elif isinstance(begun, Asked):
            await self._answer(run, begun, scope, receive, send)
        elif begun is not None:
            await begun(scope, receive, send)

    async def _answer(
        self, run: Run, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        recording = Recording(run.store, run.mine, scope, send, run.config.megabytes * 1e6)
        async with Beside(run.keep_held):
            try:
                await self._app(scope, asked.receive(receive), recording)
            finally:
                await recording.give_up()


def _run(scope: Scope) -> Run | None:
    """Return a request's run; none if it has no key, or the service cannot answer yet.

    Raises:
        KeyMalformed: its key is none.
        DatabaseOff: there is nowhere to keep keys.
    """
    key = key_of(scope)
    if key is None:
        return None
    opening = scope["app"].state.opening
    assert isinstance(opening, Opening)
    try:
        service = opening.service
    except NotReady:
        return None
    if service.store is None:
        raise DatabaseOff
    caller: Caller = scope.get("fathom.caller", ANYONE)
    mine = Holder(caller.id, key, token_hex(16))
    return Run(service.store, service.settings.idempotency, mine)


def _refusal(error: Exception) -> Response:
    status, body = error_body(error)
    if not isinstance(error, KeyRunning):
        return JSONResponse(body, status, headers={"x-should-retry": "false"})
    # As long again as it has taken so far: clients that give up after a few times wait long enough.
    seconds = ceil(min(max(error.seconds, 1), _LONGEST_WAIT_SECONDS))
    later = {"retry-after": str(seconds), "x-should-retry": "true"}
    return JSONResponse(body, status, headers=later)
