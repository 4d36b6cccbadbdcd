"""Any server that speaks OpenAI's chat completions: the text route, where ids are not to be had.

The server renders the conversation at every call. A partial answer can be continued only where
the server continues an assistant's turn, which OpenAI's own does not; the probe finds out. Calls of
tools that the server has read out of a sample are written into its text again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engines.base import (
    Capabilities,
    Delta,
    Finish,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
    Sample,
    Sampling,
    Step,
)
from engines.completions import (
    asked_for,
    bias_fields,
    certainty,
    chat_fields,
    format_fields,
    gather_calls,
    likeliest,
    read_usage,
    sensible,
    with_calls,
)
from engines.conversation import Conversation
from engines.drawn import Drawn, Token
from engines.errors import EngineUnavailable, Unsupported
from engines.http import Transport
from engines.parts import drawn_once, drawn_together
from engines.pauses import pauses_of
from engines.thinking import Thinking

_MOST_ALTERNATIVES = 20


class OpenAI:
    """One server, by text. `echoes`: it repeats the turn it continues."""

    def __init__(
        self, transport: Transport, capabilities: Capabilities, *, echoes: bool = False
    ) -> None:
        self.capabilities = capabilities
        self._http, self._echoes = transport, echoes

    async def render(self, conversation: Conversation) -> Prompt:
        """Return the conversation as it is: the server renders it at every call."""
        return Prompt(conversation, thinking=self.capabilities.thinking)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:  # noqa: ARG002 - text it is
        """Return `None`: the server takes text."""
        return None

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples, in several calls where the server gives too few in one; see `Engine`."""
        most = self.capabilities.samples
        if request.alike:  # Some servers refuse to draw it n times.
            return await drawn_once(self.generate, request, listen)
        if request.n > most:
            return await self._in_parts(request, most, listen)
        body = chat_body(request, self.capabilities)
        with sensible(request.id):
            if listen is None:
                answer = await self._http.post("/v1/chat/completions", body, request_id=request.id)
            else:
                answer = await self._listen(body, request, listen)
            usage = read_usage(answer, self.capabilities, request.n)
            return Generation(self._samples(answer, request), usage)

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Read the labels among the likeliest first tokens; see `Engine.likelihoods`."""
        most = min(_MOST_ALTERNATIVES, self.capabilities.alternatives)
        if not most:
            raise Unsupported(f"{self.capabilities.model} gives no log-probabilities")
        how = replace(request.sampling, max_tokens=1, alternatives=most)
        body = chat_body(replace(request, n=1, sampling=how), self.capabilities)
        with sensible(request.id):
            answer = await self._http.post("/v1/chat/completions", body, request_id=request.id)
            tops = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            found = {top["token"]: top["logprob"] for top in tops}
            logprobs = tuple(found.get(label, min(found.values())) for label in labels)
            return Likelihoods(logprobs, read_usage(answer, self.capabilities, 1))

    async def health(self) -> None:
        """Return if the server lists its models; see `Engine.health`."""
        await self._http.get("/v1/models")

    async def _in_parts(self, request: Request, most: int, listen: Listener | None) -> Generation:
        starts = range(0, request.n, most)
        parts = [
            replace(
                request,
                id=f"{request.id}.{start}",
                n=min(most, request.n - start),
                seed=request.seed + start,
            )
            for start in starts
        ]
        heard = [_shifted(listen, start) for start in starts]
        return await drawn_together(
            [self.generate(part, hear) for part, hear in zip(parts, heard, strict=True)]
        )

    async def _listen(
        self, body: dict[str, Any], request: Request, listen: Listener
    ) -> dict[str, Any]:
        streamed: dict[str, Any] = {
            **body,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        answer: dict[str, Any] = {"choices": [_empty(i) for i in range(request.n)], "usage": None}
        async with self._http.stream(
            "/v1/chat/completions", streamed, request_id=request.id
        ) as events:
            async for event in events:
                answer["usage"] = event.get("usage") or answer["usage"]
                for piece in event["choices"]:
                    choice = answer["choices"][piece["index"]]
                    delta = _gather(choice, piece, self.capabilities.thinking)
                    listen(self._ended(delta, choice, request) if delta.finish else delta)
        if answer["usage"] is None:
            raise EngineUnavailable(f"request {request.id}: the stream ended before its usage")
        return answer

    def _samples(self, answer: Mapping[str, Any], request: Request) -> tuple[Sample, ...]:
        choices = sorted(answer["choices"], key=lambda choice: choice["index"])
        if len(choices) != request.n:
            raise EngineUnavailable(
                f"request {request.id} asked for {request.n} samples, {len(choices)} came"
            )
        share = max(1, answer["usage"]["completion_tokens"] // request.n)
        return tuple(self._sample(c, request, c.get("pieces", share)) for c in choices)

    def _ended(self, delta: Delta, choice: dict[str, Any], request: Request) -> Delta:
        """Return a sample's last piece with the whole of it, which counts its pieces as tokens."""
        return replace(delta, sample=self._sample(choice, request, choice["pieces"]))

    def _sample(self, choice: Mapping[str, Any], request: Request, share: int) -> Sample:
        finish, stop = read_chat_finish(choice)
        text = _said(choice["message"], self.capabilities.thinking)
        if self._echoes:
            text = text.removeprefix(request.text)
        text = with_calls(text, choice["message"])
        if stop is not None and not text.endswith(stop):
            text += stop
        content = (choice.get("logprobs") or {}).get("content")
        if asked_for(request.sampling) is None or not content:
            return Sample(Step(text, share), finish, stop)
        return Sample(_weighed(Step(text, len(content)), content, request.sampling), finish, stop)


def _weighed(step: Step, content: Sequence[Mapping[str, Any]], how: Sampling) -> Step:
    """Return a step with what a server says of each of its (T,) tokens."""
    tops = [[top["logprob"] for top in token["top_logprobs"]] for token in content]
    k, shown = how.alternatives, how.shown
    sure = tuple(certainty(top, k) for top in tops) if k and all(tops) else None
    logprobs = tuple(token["logprob"] for token in content) if k else None
    drawn = None if shown is None else tuple(_drawn(token, shown) for token in content)
    return replace(step, logprobs=logprobs, certainty=sure, drawn=drawn)


def _drawn(said: Mapping[str, Any], k: int) -> Drawn:
    return Drawn(_token(said), likeliest([_token(top) for top in said["top_logprobs"]], k))


def _token(said: Mapping[str, Any]) -> Token:
    if said.get("bytes") is None:
        return Token.of(said["token"], said["logprob"])
    return Token(said["token"], said["logprob"], tuple(said["bytes"]))


def chat_body(request: Request, capabilities: Capabilities) -> dict[str, Any]:
    """Return the request as a chat completion, the assistant's turn continued if it has begun.

    With a schema, tools are told of in words: some servers do not take both.

    Raises:
        Unsupported: the thinking is to be limited, and the server does not do that; or there are
            pauses, which are tokens.
    """
    how, conversation = request.sampling, request.prompt.conversation
    pauses_of(len(how.pauses), capabilities)
    if how.thinking_tokens is not None and not capabilities.caps_thinking:
        raise Unsupported(
            f"the server of {capabilities.model} does not limit thinking",
            param="thinking_token_budget",
        )
    tools = capabilities.tools and how.json_schema is None
    body: dict[str, Any] = {
        "model": capabilities.model,
        "max_tokens": how.max_tokens,
        "temperature": how.temperature,
        "top_p": how.top_p,
        **format_fields(how),
        **bias_fields(how),
        **chat_fields(conversation, tools=tools),
    }
    optional: dict[str, Any] = {
        "n": request.n if request.n > 1 else None,
        "stop": list(how.stop) or None,
        "presence_penalty": how.presence_penalty or None,
        "frequency_penalty": how.frequency_penalty or None,
        "logprobs": True if asked_for(how) is not None else None,
        "top_logprobs": asked_for(how),
        "seed": request.seed if capabilities.seed else None,
        "thinking_token_budget": how.thinking_tokens,
    }
    body |= {name: value for name, value in optional.items() if value is not None}
    if request.steps:
        turn = {"role": "assistant", "content": request.text}
        body["messages"] = [*body["messages"], turn]
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def read_chat_finish(choice: Mapping[str, Any]) -> tuple[Finish, str | None]:
    """Return why a choice ended, and the stop string if the server names it.

    vLLM calls it `stop_reason`, SGLang `matched_stop`; others do not say, and then a stop string
    looks like the model's own end.
    """
    reason = choice["finish_reason"]
    if reason == "length":
        return "length", None
    if reason == "tool_calls":
        return "eos", None
    if reason != "stop":
        raise EngineUnavailable(f"the server ended a sample with {reason!r}")
    named = choice.get("stop_reason") or choice.get("matched_stop")
    return ("stop", named) if isinstance(named, str) else ("eos", None)


def reasoning_of(message: Mapping[str, Any]) -> str:
    """Return the thinking that the server has parsed: vLLM's `reasoning`, `reasoning_content`."""
    return message.get("reasoning") or message.get("reasoning_content") or ""


def _said(message: Mapping[str, Any], thinking: Thinking | None) -> str:
    """Return a turn as the model said it: with the marks of the thinking that the server parsed."""
    thought, answer = reasoning_of(message), message["content"] or ""
    if thinking is None or not thought:
        return answer
    ended = answer or message.get("tool_calls")
    return thinking.start + thought + (thinking.end + answer if ended else "")


def _empty(index: int) -> dict[str, Any]:
    message = {"content": "", "reasoning": ""}
    return {"index": index, "message": message, "finish_reason": None, "pieces": 0}


def _gather(choice: dict[str, Any], piece: Mapping[str, Any], thinking: Thinking | None) -> Delta:
    delta, message = piece.get("delta") or {}, choice["message"]
    before, calls = _said(message, thinking), delta.get("tool_calls") or []
    message["reasoning"] += reasoning_of(delta)
    message["content"] += delta.get("content") or ""
    gather_calls(message.setdefault("tool_calls", []), calls)
    said = _said(message, thinking)
    text = said.removeprefix(before)
    choice["pieces"] += bool(text or calls)
    for name in ("finish_reason", "stop_reason", "matched_stop"):
        choice[name] = piece.get(name) or choice.get(name)
    content = (piece.get("logprobs") or {}).get("content") or []
    if content:
        known = choice.setdefault("logprobs", {"content": []})
        known["content"] += content
    finish = read_chat_finish(piece)[0] if piece.get("finish_reason") else None
    if finish:
        text += with_calls(said, message).removeprefix(said)
    # Without log-probabilities a piece is taken for one token, which it is on most servers.
    return Delta(piece["index"], text, len(content) or bool(text or calls), finish)


def _shifted(listen: Listener | None, start: int) -> Listener | None:
    if listen is None:
        return None
    return lambda delta: listen(replace(delta, index=delta.index + start))
