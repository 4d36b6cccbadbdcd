"""A request that comes with a key: read as a whole, to be told from others."""

import re
from dataclasses import dataclass
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from app.idempotency.errors import BodyTooLarge, KeyMalformed

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


class GoneAlready(Exception):
    """The client hung up before it had sent its request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's body, and what only equal requests of one client share."""

    body: bytes
    digest: str

    def receive(self, rest: Receive) -> Receive:
        """Return what gives the body once more, and then what comes after it."""
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await rest()
            given = True
            return {"type": "http.request", "body": self.body, "more_body": False}

        return again


def key_of(scope: Scope) -> str | None:
    """Return the key of a request that has one and is to be answered once.

    Uploads are left alone: one that was interrupted is sent again from the start.

    Raises:
        KeyMalformed: it is none.
    """
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    headers = Headers(scope=scope)
    key = headers.get("idempotency-key")
    uploaded = headers.get("content-type", "").lower().startswith("multipart/")
    if key is None or uploaded or not scope["path"].startswith("/v1/"):
        return None
    if not _KEY.fullmatch(key):
        raise KeyMalformed
    return key


async def read(scope: Scope, receive: Receive, megabytes: float) -> Asked:
    """Read a request.

    Raises:
        BodyTooLarge: it is larger than that.
        GoneAlready: the client hung up.
    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneAlready
        body += message.get("body", b"")
        if len(body) > megabytes * 1e6:
            raise BodyTooLarge(megabytes)
        more = message.get("more_body", False)
    told = [scope["path"].encode(), scope["query_string"], bytes(body)]
    each = b"".join(sha256(part).digest() for part in told)
    return Asked(bytes(body), sha256(each).hexdigest())
