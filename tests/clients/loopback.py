"""The service on a fake engine, over a socket, with the bodies it was sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import uvicorn

from app.listening import address_of, listen
from engines.fake import FakeEngine
from tests.app.client import an_app


@dataclass(frozen=True, slots=True)
class Loopback:
    """A running service: where it is, and what it was sent."""

    address: str
    bodies: list[dict[str, Any]]


@contextmanager
def loopback(engine: FakeEngine) -> Iterator[Loopback]:
    """Serve until the context ends, from a thread."""
    app, bodies = an_app(engine), []

    async def overheard(scope: Any, receive: Any, send: Any) -> None:
        parts: list[bytes] = []

        async def hear() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                parts.append(message.get("body", b""))
                if not message.get("more_body") and (whole := b"".join(parts)):
                    bodies.append(json.loads(whole))
            return message

        await app(scope, hear, send)

    server = uvicorn.Server(uvicorn.Config(overheard, log_config=None, lifespan="off"))
    with listen("127.0.0.1", 0) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Loopback(address_of("127.0.0.1", listener.getsockname()[1]), bodies)
        finally:
            server.should_exit = True
            thread.join()
