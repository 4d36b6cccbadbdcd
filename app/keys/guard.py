"""At the door: who asks is found out before anything else is, and told how much is left."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.callers import ANYONE, Caller
from app.errors import STATUS, refusal
from app.keys.body_cap import BodyCap
from app.keys.doors import door_of, is_open
from app.keys.errors import InvalidKey, ScopeMissing
from app.keys.rates import Rates, told
from app.keys.wanted import is_loopback, keys_wanted
from app.metrics import Metrics
from app.opening import Opening
from app.service import Service

_SCHEME = "bearer"
_HEADER = b"authorization"


class Guard:
    """Lets requests in whose keys are good for them. Plain ASGI; see `RequestId`.

    The caller is in `scope["fathom.caller"]` from here on, and the key nowhere: what comes after
    can neither log it nor send it on.
    """

    def __init__(self, app: ASGIApp, opening: Opening, metrics: Metrics) -> None:
        self._app, self._opening, self._metrics = app, opening, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http" or is_open(scope["path"]) or self._open_metrics(scope):
            await self._app(scope, receive, send)
            return
        try:
            with self._metrics.refusals():
                service = self._opening.service
                caller = await _caller(scope, service)
                send = _telling(service.gate.rates, caller, send)
                if door_of(scope["method"], scope["path"]).counted:
                    service.gate.rates.count(caller)
        except tuple(STATUS) as error:
            await refusal(error)(scope, receive, send)
            return
        scope["fathom.caller"] = caller
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != _HEADER]
        cap = service.settings.caps.bytes_at(scope["path"])
        await BodyCap(self._app, cap)(scope, receive, send)

    def _open_metrics(self, scope: Scope) -> bool:
        """Say whether these are the numbers, and may be had without a key."""
        if scope["path"] != "/metrics":
            return False
        settings = self._opening.settings
        open_to_all = settings and (settings.open_metrics or not keys_wanted(settings))
        return bool(open_to_all) or _is_near(scope)


async def _caller(scope: Scope, service: Service) -> Caller:
    """Return who asks.

    Raises:
        InvalidKey: nobody who may.
        ScopeMissing: somebody who may not do this.
        StoreError: the database failed.
    """
    scope_wanted, secret = door_of(scope["method"], scope["path"]).scope, _secret(scope)
    if not keys_wanted(service.settings):
        # What this app is mounted in may know who asks.
        anyone: Caller = scope.get("fathom.caller", ANYONE)
        return await _anyone(anyone, scope_wanted, secret, service)
    if secret is None:
        raise InvalidKey("a key is wanted here: send `Authorization: Bearer` and the key")
    caller = await _holder(secret, service)
    if scope_wanted not in caller.scopes:
        raise ScopeMissing(scope_wanted)
    return caller


async def _anyone(
    anyone: Caller, scope_wanted: str, secret: str | None, service: Service
) -> Caller:
    """Return who asks where no keys are wanted: anyone, but for what is not for everybody."""
    if scope_wanted in anyone.scopes or secret is None:
        return anyone
    try:
        return await _holder(secret, service)
    except InvalidKey:
        return anyone


async def _holder(secret: str, service: Service) -> Caller:
    return await service.gate.ring.holder(secret, service.store, service.settings.admin_key)


def _secret(scope: Scope) -> str | None:
    scheme, _, secret = Headers(scope=scope).get("authorization", "").partition(" ")
    return secret.strip() or None if scheme.lower() == _SCHEME else None


def _is_near(scope: Scope) -> bool:
    client = scope.get("client")
    return client is not None and is_loopback(client[0])


def _telling(rates: Rates, caller: Caller, send: Send) -> Send:
    """Return what sends an answer with how much is left to its caller."""
    if not caller.keyed:
        return send

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in told(rates.standings(caller)):
                headers[name] = value
        await send(message)

    return tell
