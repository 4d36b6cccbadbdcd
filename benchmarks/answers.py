"""What the mock backend says: solutions of four steps, written as vLLM writes them. No I/O."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

import orjson

STEPS = 4
"""Steps of a solution."""
STEP_TOKENS = 16
MODEL = "mock-7B"
PROMPT = tuple(range(100, 124))
"""The token ids of every prompt."""

_STEP_END_ID = 2
_STEP_END = "\n\n"
_VOTES = "44454"
"""The answers of the first samples of a call, over and over: 4 wins."""
_SSE = b"content-type: text/event-stream\r\n"


@dataclass(frozen=True, slots=True)
class Draw:
    """What an answer depends on. `said` is how many steps the prompt holds already."""

    chat: bool
    n: int
    prompt_tokens: int
    said: int
    stepwise: bool
    max_tokens: int
    alternatives: int | None
    stream: bool


def http(body: Mapping[str, object], status: int = 200) -> bytes:
    """Return a JSON response as it goes over the wire."""
    data = orjson.dumps(body)
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(data)}"
    return f"{head}\r\n\r\n".encode() + data


def pooled(texts: Sequence[str]) -> bytes:
    """Rate each text: a row for each newline, all of a text alike."""
    rows = [[_row(text)] * text.count("\n") for text in texts]
    data = [{"index": i, "object": "pooling", "data": each} for i, each in enumerate(rows)]
    counted = sum(len(text) // 4 for text in texts)
    return http({"object": "list", "data": data, "usage": {"prompt_tokens": counted}})


def _row(text: str) -> list[float]:
    good = (crc32(text.encode()) % 97 + 1) / 100
    return [1 - good, good]


def read_draw(body: Mapping[str, Any], *, chat: bool) -> Draw:
    """Read off a request what its answer depends on."""
    stepwise = _STEP_END in (body.get("stop") or ())
    if not chat:
        said, prompt_tokens = body["prompt"].count(_STEP_END_ID), len(body["prompt"])
        alternatives = body.get("logprobs")
    else:
        last = body["messages"][-1]
        turn = last["content"] if last["role"] == "assistant" else ""
        said, prompt_tokens = turn.count(_STEP_END), len(PROMPT) + len(turn.split())
        alternatives = body.get("top_logprobs", 0) if body.get("logprobs") else None
    cap = min(body.get("max_tokens") or sys.maxsize, STEPS * STEP_TOKENS)
    streams = bool(body.get("stream"))
    return Draw(chat, body.get("n", 1), prompt_tokens, said, stepwise, cap, alternatives, streams)


@lru_cache(maxsize=1024)
def drawn(draw: Draw) -> bytes:
    """Return the response to a draw, streamed or not."""
    choices = [_sample(draw, way) for way in range(draw.n)]
    tokens = sum(len(choice.tokens) for choice in choices)
    usage = {
        "prompt_tokens": draw.prompt_tokens,
        "completion_tokens": tokens,
        "total_tokens": draw.prompt_tokens + tokens,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    head = {"id": "mock", "object": "completion", "created": 1, "model": MODEL}
    if draw.stream:
        return _streamed(draw, choices, head, usage)
    write = _chat_choice if draw.chat else _choice
    written = [write(draw, i, choice) for i, choice in enumerate(choices)]
    return http(head | {"choices": written, "usage": usage})


@dataclass(frozen=True, slots=True)
class _Sample:
    tokens: tuple[str, ...]
    finish: str
    stop: str | None


def _sample(draw: Draw, way: int) -> _Sample:
    steps = _solution(way)[draw.said :] or _solution(way)[-1:]
    wanted = steps[0] if draw.stepwise else tuple(token for step in steps for token in step)
    tokens = wanted[: draw.max_tokens]
    if len(tokens) < len(wanted):
        return _Sample(tokens, "length", None)
    return _Sample(tokens, "stop", _STEP_END if tokens[-1].endswith(_STEP_END) else None)


def _solution(way: int) -> list[tuple[str, ...]]:
    """Return the steps of a solution, as tokens: a word each."""
    filler = ["then "] * (STEP_TOKENS - 6)
    steps = [("Step ", f"{i} ", "of ", "way ", f"{way}: ", *filler, f"on.{_STEP_END}")
             for i in range(1, STEPS)]  # fmt: skip
    answer = f"\\boxed{{{_VOTES[way % len(_VOTES)]}}}."
    return [*steps, (f"Way {way}: ", *filler, "so ", "the ", "answer ", "is ", answer)]


def _ids(tokens: Sequence[str]) -> list[int]:
    return [_STEP_END_ID if t.endswith(_STEP_END) else 1000 + crc32(t.encode()) for t in tokens]


def _choice(draw: Draw, index: int, sample: _Sample) -> dict[str, Any]:
    tokens, logprobs = sample.tokens, None
    if draw.alternatives is not None:
        tops = {f"other {i}": -2.5 - i for i in range(1, draw.alternatives)}
        logprobs = {
            "tokens": tokens,
            "token_logprobs": [_logprob(index, i) for i in range(len(tokens))],
            "top_logprobs": [{token: _logprob(index, i)} | tops for i, token in enumerate(tokens)],
            "text_offset": [sum(map(len, tokens[:i])) for i in range(len(tokens))],
        }
    return {
        "index": index,
        "text": "".join(tokens),
        "finish_reason": sample.finish,
        "stop_reason": sample.stop,
        "token_ids": _ids(tokens),
        "logprobs": logprobs,
    }


def _chat_choice(draw: Draw, index: int, sample: _Sample) -> dict[str, Any]:
    content = None
    if draw.alternatives is not None:
        others = [{"token": f"o{i}", "logprob": -2.5 - i} for i in range(1, draw.alternatives)]
        content = [
            own | {"top_logprobs": [own, *others]}
            for i, token in enumerate(sample.tokens)
            for own in [{"token": token, "logprob": _logprob(index, i)}]
        ]
    text = "".join(sample.tokens).removesuffix(sample.stop or "")
    return {
        "index": index,
        "message": {"role": "assistant", "content": text},
        "finish_reason": sample.finish,
        "stop_reason": sample.stop,
        "logprobs": None if content is None else {"content": content},
    }


def _logprob(way: int, place: int) -> float:
    return -(1 + (7 * way + place) % 16) / 10


def _streamed(
    draw: Draw, samples: Sequence[_Sample], head: dict[str, Any], usage: dict[str, Any]
) -> bytes:
    """Return every event: a token of every sample after the other, then the usage."""
    write = _chat_choice if draw.chat else _choice
    events: list[dict[str, Any]] = []
    for place in range(max(len(sample.tokens) for sample in samples)):
        for index, sample in enumerate(samples):
            ends = place == len(sample.tokens) - 1
            token = _Sample(sample.tokens[place : place + 1], sample.finish, sample.stop)
            piece = write(draw, index, token)
            if draw.chat:
                piece["delta"] = piece.pop("message")
            if not ends:
                piece |= {"finish_reason": None, "stop_reason": None}
            events.append(head | {"choices": [piece]})
    events.append(head | {"choices": [], "usage": usage})
    data = b"".join(b"data: %b\n\n" % orjson.dumps(event) for event in events)
    data += b"data: [DONE]\n\n"
    return b"HTTP/1.1 200 X\r\n%bcontent-length: %d\r\n\r\n" % (_SSE, len(data)) + data


MODELS = http({"object": "list", "data": [{"id": MODEL, "object": "model",
                                            "max_model_len": 32768}]})  # fmt: skip
TOKENIZED = http({"tokens": list(PROMPT), "count": len(PROMPT), "max_model_len": 32768})
