"""A span for each call of a model, by OpenTelemetry's conventions for generative AI."""

import time
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import orjson
from opentelemetry.trace import Span, SpanKind, Tracer
from opentelemetry.util.types import AttributeValue
from typing_extensions import override
from yarl import URL

from app.telemetry.marks import ended
from engines.base import Delta, Engine, Generation, Likelihoods, Listener, Request, Sample
from engines.build import EngineConfig
from engines.llamacpp import LlamaCppConfig
from engines.usage import Usage
from engines.wrapped import Wrapped

Attributes: TypeAlias = Mapping[str, AttributeValue]


class TracedEngine(Wrapped):
    """An engine whose calls are spans; prompts and answers are in them only with `content`."""

    def __init__(
        self, engine: Engine, tracer: Tracer, config: EngineConfig, *, content: bool
    ) -> None:
        super().__init__(engine)
        self._tracer, self._content = tracer, content
        self._server = _server(config)

    @override
    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples."""
        with ended(self._span(request)) as span:
            first = None if listen is None else _FirstChunk(span, listen)
            drawn = await super().generate(request, first)
            if span.is_recording():
                span.set_attributes(usage_of(drawn.usage))
                endings = [sample.finish for sample in drawn.samples]
                span.set_attribute("gen_ai.response.finish_reasons", endings)
                if self._content:
                    span.set_attribute("gen_ai.output.messages", _said(drawn.samples))
            return drawn

    @override
    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask how likely labels are as the next token."""
        with ended(self._span(request)) as span:
            told = await super().likelihoods(request, labels)
            span.set_attributes(usage_of(told.usage))
            return told

    def _span(self, request: Request) -> Span:
        able, how = self.capabilities, request.sampling
        operation = "text_completion" if able.token_ids else "chat"
        span = self._tracer.start_span(f"{operation} {able.model}", kind=SpanKind.CLIENT)
        if not span.is_recording():
            return span
        span.set_attributes(
            {
                "gen_ai.operation.name": operation,
                "gen_ai.request.model": able.model,
                "gen_ai.request.choice.count": request.n,
                "gen_ai.request.max_tokens": how.max_tokens,
                "gen_ai.request.temperature": how.temperature,
                "gen_ai.request.top_p": how.top_p,
                "search.request.id": request.id,
                **self._server,
            }
        )
        if self._content:
            span.set_attribute("gen_ai.input.messages", _asked(request))
        return span


class _FirstChunk:
    """Hears samples grow, and notes how long the first piece was waited for."""

    def __init__(self, span: Span, listen: Listener) -> None:
        self._span, self._listen = span, listen
        self._began: float | None = time.perf_counter()
        span.set_attribute("gen_ai.request.stream", True)

    def __call__(self, delta: Delta) -> None:
        if self._began is not None:
            waited = time.perf_counter() - self._began
            self._span.set_attribute("gen_ai.response.time_to_first_chunk", waited)
            self._began = None
        self._listen(delta)


def usage_of(usage: Usage) -> Attributes:
    """Return what is said of a bill."""
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
    }


def _server(config: EngineConfig) -> Attributes:
    if isinstance(config, LlamaCppConfig):
        return {"gen_ai.provider.name": "llama.cpp"}
    url = URL(config.url)
    return {
        "gen_ai.provider.name": config.kind,
        "server.address": url.host or "",
        "server.port": url.port or 0,
    }


def _asked(request: Request) -> str:
    turns = [_message(turn.role, turn.content) for turn in request.prompt.conversation.messages]
    return _json([*turns, _message("assistant", request.text)] if request.steps else turns)


def _said(samples: Sequence[Sample]) -> str:
    return _json([_message("assistant", one.step.text, one.finish) for one in samples])


def _message(role: str, text: str, finish: str | None = None) -> dict[str, object]:
    message: dict[str, object] = {"role": role, "parts": [{"type": "text", "content": text}]}
    return message if finish is None else message | {"finish_reason": finish}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
