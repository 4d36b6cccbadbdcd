"""A loopback server that answers `/pooling` as vLLM does, with rewards read off the text."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Row = list[float]


def row(text: str) -> Row:
    """P(wrong), P(right) of a text: the same for the same text, another for most others."""
    good = (sum(text.encode()) % 97 + 1) / 100
    return [1 - good, good]


def step_pooling(text: str) -> list[Row]:
    """A row for each newline, of the text up to it: what STEP pooling does."""
    ends = [i for i, letter in enumerate(text) if letter == "\n"]
    return [row(text[:end]) for end in ends]


def all_pooling(text: str) -> list[Row]:
    """A row for each token: what a server does that was not told of steps."""
    return [row(text[: i + 1]) for i in range(len(text))]


def tagged(tag: str) -> Callable[[str], list[Row]]:
    """STEP pooling of a server that was started with this tag."""

    def rows(text: str) -> list[Row]:
        parts = text.split(tag)
        return [row(tag.join(parts[:i])) for i in range(1, len(parts))]

    return rows


def whole(text: str) -> Row:
    """A value for a whole text, and one to be found for each of its letters."""
    return [sum(text.encode()) % 97 / 10 - 4]


def inputs(body: dict[str, Any]) -> list[str]:
    """The texts of a request, or the one that a chat template makes of its turns."""
    if "messages" in body:
        turns = [f"{turn['role']}: {turn['content']}\n" for turn in body["messages"]]
        return ["".join(turns)]
    return [decoded(text) for text in body["input"]]


def decoded(text: str | list[int]) -> str:
    """A text that may have come as ids."""
    return text if isinstance(text, str) else "".join(map(chr, text))


@dataclass
class Pooling:
    """The server: how it pools, what it was asked, and what else it can be made to answer."""

    rows: Callable[[str], list[Row] | Row] = step_pooling
    seen: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    parents: list[str | None] = field(default_factory=list)
    answer: Callable[[], web.Response] | None = None
    models: tuple[str, ...] = ("prm", "other")
    context: int = 10_000
    seconds: float = 0.0
    url: str = ""

    async def pooling(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.seen.append(body)
        self.keys.add(request.headers.get("Authorization"))
        self.parents.append(request.headers.get("traceparent"))
        await asyncio.sleep(self.seconds)
        if any("slow" in text for text in inputs(body)):
            await asyncio.sleep(30)
        if self.answer:
            return self.answer()
        data = [
            {"index": i, "object": "pooling", "data": self.rows(self.cut(text, body))}
            for i, text in enumerate(inputs(body))
        ]
        tokens = sum(len(text) + 2 for text in inputs(body))
        usage = {"prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0}
        # Not in order: the index is what counts.
        return web.json_response({"object": "list", "data": data[::-1], "usage": usage})

    def cut(self, text: str, body: dict[str, object]) -> str:
        """A text as long as the context, one letter a token; vLLM refuses longer ones unasked."""
        asked = (body.get("truncate_prompt_tokens"), body.get("truncation_side"))
        if len(text) > self.context and asked != (-1, "right"):
            raise web.HTTPBadRequest(text="maximum model length")
        return text[: self.context]

    async def tokenized(self, request: web.Request) -> web.Response:
        """A token a letter, by its number."""
        body = await request.json()
        self.asked.append(body["prompt"])
        return web.json_response({"tokens": [ord(letter) for letter in body["prompt"]]})

    async def listed(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": m} for m in self.models]})


@asynccontextmanager
async def serving(server: Pooling) -> AsyncIterator[Pooling]:
    """Serve on a free loopback port."""
    app = web.Application()
    app.router.add_post("/pooling", server.pooling)
    app.router.add_post("/tokenize", server.tokenized)
    app.router.add_get("/v1/models", server.listed)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        server.url = f"http://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()
