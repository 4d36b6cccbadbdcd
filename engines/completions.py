"""The completion JSON of OpenAI-like servers, read into samples. No I/O.

`choice` is one of an answer's `choices`: of `/v1/completions` with vLLM's `token_ids` and
`stop_reason`, or of a stream, gathered piece by piece into the same shape.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from engines.base import Capabilities, Finish, Request, Sample, Sampling, Step
from engines.conversation import Conversation, Message, PastCall, ToolCall
from engines.drawn import Drawn, Token
from engines.errors import EngineUnavailable
from engines.pauses import MARK
from engines.tool_calls import write_calls
from engines.tool_prompt import in_words
from engines.usage import Usage


@contextmanager
def sensible(request_id: str) -> Iterator[None]:
    """Take a reply that is not shaped as it must be for a server that does not work.

    Raises:
        EngineUnavailable: a field was missing, or was not what it should be.
    """
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise EngineUnavailable(
            f"request {request_id}: the server's reply made no sense ({error!r})"
        ) from error


def chat_fields(conversation: Conversation, *, tools: bool) -> dict[str, Any]:
    """Return a conversation as servers take it: its messages, and what a template is given besides.

    `tools` is whether the model's template shows them; where it does not, words do.
    """
    shown = conversation if tools else in_words(conversation)
    fields: dict[str, Any] = {"messages": [_message(message) for message in shown.messages]}
    if shown.tools:
        fields["tools"] = [dict(tool) for tool in shown.tools]
    if shown.template:
        fields["chat_template_kwargs"] = dict(shown.template)
    return fields


def _message(message: Message) -> dict[str, Any]:
    """Return a message as OpenAI's JSON has it; without words it is "", not null.

    Templates write a null out.
    """
    fields: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        fields["content"] = list(_parts(message))
    if message.tool_calls:
        fields["tool_calls"] = [_past_call(past) for past in message.tool_calls]
    if message.tool_call_id is not None:
        fields["tool_call_id"] = _short(message.tool_call_id)
    return fields


def _parts(message: Message) -> Iterator[dict[str, Any]]:
    """Give the parts of a message with images in the order they stand."""
    place = 0
    for image in message.images:
        if image.at > place:
            yield {"type": "text", "text": message.content[place : image.at]}
        told = {"url": image.url} | ({"detail": image.detail} if image.detail else {})
        yield {"type": "image_url", "image_url": told}
        place = image.at
    if message.content[place:]:
        yield {"type": "text", "text": message.content[place:]}


def _past_call(past: PastCall) -> dict[str, Any]:
    function = {"name": past.call.name, "arguments": past.call.arguments}
    return {"id": _short(past.id), "type": "function", "function": function}


def _short(call_id: str) -> str:
    """Return a call's id as Mistral's templates take it: nine letters and digits."""
    return hashlib.sha256(call_id.encode(errors="replace")).hexdigest()[:9]


def format_fields(how: Sampling) -> dict[str, Any]:
    """Return what holds samples to a JSON Schema, if they are to be held to one."""
    if how.json_schema is None:
        return {}
    form: dict[str, Any] = {"name": "answer", "schema": json.loads(how.json_schema)}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def with_calls(text: str, message: Mapping[str, Any]) -> str:
    """Return a sample's text with the calls that the server read out of it, written in our form."""
    told = [call["function"] for call in message.get("tool_calls") or ()]
    calls = [ToolCall(call["name"], call.get("arguments") or "{}") for call in told]
    return write_calls(calls, text) if calls else text


def gather_calls(known: list[dict[str, Any]], pieces: Sequence[Mapping[str, Any]]) -> None:
    """Add pieces of streamed calls to what came before them."""
    for piece in pieces:
        known += [{"function": {"arguments": ""}} for _ in range(piece["index"] + 1 - len(known))]
        function, more = known[piece["index"]]["function"], piece.get("function") or {}
        function["arguments"] += more.get("arguments") or ""
        if more.get("name"):
            function["name"] = more["name"]


def read_samples(answer: Mapping[str, Any], request: Request) -> tuple[Sample, ...]:
    """Return the (n,) samples of an answer of `/v1/completions`, in the order of their index.

    Raises:
        EngineUnavailable: there are not n, or one was aborted.
    """
    choices = answer["choices"]
    if len(choices) != request.n:
        raise EngineUnavailable(
            f"request {request.id} asked for {request.n} samples, {len(choices)} came"
        )
    ordered = sorted(choices, key=lambda choice: choice.get("index", 0))
    return tuple(read_sample(choice, request) for choice in ordered)


def read_finish(choice: Mapping[str, Any]) -> Finish | None:
    """Return why a choice ended, `None` if it has not.

    Raises:
        EngineUnavailable: the server aborted it.
    """
    reason = choice.get("finish_reason")
    if reason is None or reason == "length":
        return reason
    if reason != "stop":
        raise EngineUnavailable(f"the server ended a sample with {reason!r}")
    return "stop" if isinstance(choice.get("stop_reason"), str) else "eos"


def read_usage(answer: Mapping[str, Any], capabilities: Capabilities, n: int) -> Usage:
    """Return what a call for `n` samples cost; tokens found in the prefix cache cost nothing.

    Of several samples vLLM reports what one found, which may be what its siblings had just put
    there: the prompt is then counted as computed once, which is the most it can be.
    """
    said = answer["usage"]
    prompt, drawn = said["prompt_tokens"], said["completion_tokens"]
    details = said.get("prompt_tokens_details") or {}
    cached = min(prompt, details.get("cached_tokens") or 0) if n == 1 else 0
    return capabilities.bill(prompt, cached, drawn)


def certainty(alternatives: Sequence[float], k: int) -> float:
    """Return a token's certainty: the mean of -log p over its `k` likeliest alternatives.

    Source: "token confidence", arXiv:2508.15260, section 3.1.
    """
    likeliest = sorted(alternatives, reverse=True)[:k] if len(alternatives) > k else alternatives
    return -sum(likeliest) / len(likeliest)


def gather(choice: dict[str, Any], piece: Mapping[str, Any]) -> None:
    """Add a piece of a streamed choice to what came before it."""
    choice["index"] = piece["index"]
    choice["text"] = choice.get("text", "") + piece["text"]
    choice["token_ids"] = [*choice.get("token_ids", ()), *(piece.get("token_ids") or ())]
    choice["finish_reason"] = piece.get("finish_reason") or choice.get("finish_reason")
    choice["stop_reason"] = piece.get("stop_reason") or choice.get("stop_reason")
    if piece.get("logprobs"):
        known = choice.setdefault("logprobs", {})
        for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset"):
            known[name] = [*known.get(name, ()), *piece["logprobs"][name]]


def read_sample(choice: Mapping[str, Any], request: Request) -> Sample:
    """Return the sample that a choice is, once it has ended.

    Raises:
        EngineUnavailable: it has not.
    """
    finish, stop, logprobs = read_finish(choice), choice.get("stop_reason"), choice.get("logprobs")
    if finish is None:
        raise EngineUnavailable(f"request {request.id}: a sample came without its end")
    ids, k = tuple(choice["token_ids"]), request.sampling.alternatives
    text = choice["text"]
    if finish == "stop" and logprobs:
        text = whole_text(text, logprobs["tokens"][-1], logprobs["text_offset"][-1])
    step = Step(text, len(ids), ids)
    if k and logprobs:
        tops = [list(top.values()) for top in logprobs["top_logprobs"]]
        sure = tuple(certainty(top, k) for top in tops)
        step = replace(step, logprobs=tuple(logprobs["token_logprobs"]), certainty=sure)
    if request.sampling.shown is not None and logprobs:
        step = replace(step, drawn=_drawn(logprobs, request.sampling.shown))
    return Sample(step, finish, stop if finish == "stop" else None)


def _drawn(logprobs: Mapping[str, Any], k: int) -> tuple[Drawn, ...]:
    """Return (T,) tokens as `/v1/completions` tells them, with the `k` likeliest of each place."""
    places = zip(
        logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"], strict=True
    )
    return tuple(
        Drawn(Token.of(text, logprob), likeliest([Token.of(*one) for one in top.items()], k))
        for text, logprob, top in places
    )


def asked_for(how: Sampling) -> int | None:
    """Return how many of the likeliest tokens to ask for; `None`: not even for those drawn."""
    if how.shown is None:
        return how.alternatives or None
    return max(how.alternatives, how.shown)


def likeliest(tokens: Sequence[Token], k: int) -> tuple[Token, ...]:
    """Return the `k` likeliest of the tokens of a place, in that order."""
    return tuple(sorted(tokens, key=lambda token: -token.logprob)[:k])


def bias_fields(how: Sampling) -> dict[str, Any]:
    """Return the bias on tokens as OpenAI has it, if there is one."""
    return {"logit_bias": {str(token): bias for token, bias in how.bias}} if how.bias else {}


def ban_fields(pause: int | None) -> dict[str, Any]:
    """Return what keeps vLLM from drawing pauses, if its model has any.

    A bias would be cut to -100, which a high temperature or a bias of the caller's outweighs.
    """
    return {} if pause is None else {"bad_words": [MARK]}


def whole_text(text: str, last_token: str, offset: int) -> str:
    """Return a text cut behind its stop string with what its last token brought beyond it.

    The ids are not cut, and are the truth: what is continued next follows the whole last token,
    which begins at `offset` in the text.
    """
    whole = text[:offset] + last_token
    # A token can be half of a character, and then neither it nor the offset is what it seems.
    return whole if whole.startswith(text) else text
