"""Run where the examples of docs/plugins.md are installed: prints what becomes of them."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import httpx2

import app.service
from app.main import create_app
from app.opening import Opening
from app.settings import Settings
from engines.fake import FakeEngine

ASK = {"model": "fathom", "messages": [{"role": "user", "content": "6*7?"}]}


@asynccontextmanager
async def fake(*_: object):
    yield FakeEngine(lambda request, i: ("long " * 9, "42")[(request.seed >> i) % 2])


async def main() -> dict[str, Any]:
    """Return the answers to some requests."""
    app.service.open_engine = fake
    # No policy that comes along is of a fake.
    engine = {"kind": "vllm", "url": "http://nowhere"}
    scorers = {"short": {"kind": "brevity", "half": 2}}
    settings = Settings(engine=engine, scorers=scorers, scorer=("short",))  # type: ignore[arg-type]
    async with app.service.open_service(settings) as service:
        served = create_app(Opening(service))
        transport = httpx2.ASGITransport(served)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return {
                "listed": (await client.get("/v1/search/strategies")).json(),
                "answer": (await _chat(client, {"kind": "persistent", "enough": 0.5})).json(),
                "named": (await client.post("/v1/chat/completions", json=_NAMED)).json(),
                "refused": (await _chat(client, {"kind": "persistent", "rounds": 99})).json(),
                "score": (await client.post("/v1/score", json=_SCORE)).json(),
                "schemas": sorted(served.openapi()["components"]["schemas"]),
            }


_NAMED = ASK | {"model": "fathom:persistent"}
_SCORE = {"messages": ASK["messages"], "solutions": ["42", "4242"], "scorer": "short"}


async def _chat(client: httpx2.AsyncClient, strategy: dict[str, Any]) -> httpx2.Response:
    body = ASK | {"search": {"strategy": strategy, "trace": True}}
    return await client.post("/v1/chat/completions", json=body)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))  # noqa: T201
