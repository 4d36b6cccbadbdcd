"""A service whose spans are kept in memory, and what is asked of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.main import create_app
from app.opening import Opening
from app.telemetry.config import TracingConfig
from app.telemetry.exporting import provided
from app.telemetry.spans import Spans
from engines.fake import FakeEngine
from engines.probe import VllmConfig
from tests.app.client import ASK, a_service, call_app
from tests.app.process import CHAT
from tests.search.world import a_or_b

GPU = VllmConfig(url="http://gpu:8001/v1")


class Traced:
    """A service on a fake engine, and the spans of what it is asked."""

    def __init__(self, engine: FakeEngine | None = None, **config: Any) -> None:
        told = TracingConfig(endpoint="http://collector:4318", **config)
        self._exporter, provider = InMemorySpanExporter(), provided(told)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracing = Spans(provider, content=told.content)
        self.engine = engine or FakeEngine(a_or_b)
        watched = self.tracing.engine(self.engine, GPU)
        self.service = replace(a_service(), engine=watched, tracing=self.tracing)
        self.app: FastAPI = create_app(Opening(self.service))

    async def ask(self, strategy: dict[str, Any], headers: Any = None, **body: Any) -> Any:
        """Post a chat completion with a strategy."""
        told = {**ASK, "search": {"strategy": strategy}, **body}
        return await call_app(self.app, "POST", CHAT, json=told, headers=headers)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """All that have ended, by their beginning."""
        ended = self._exporter.get_finished_spans()
        return sorted(ended, key=lambda span: span.start_time or 0)

    def one(self, name: str) -> ReadableSpan:
        """The first span whose name begins so."""
        return next(span for span in self.spans if span.name.startswith(name))

    def said(self, name: str, about: str) -> Any:
        """What the first span whose name begins so says of something."""
        return dict(self.one(name).attributes or {}).get(about)

    def tree(self) -> list[str]:
        """The names of all spans, those below another one indented behind it."""
        return list(_below(self.spans, lambda parent: parent is None or parent.is_remote, ""))

    def everything(self) -> str:
        """All that is in the spans, as text."""
        return "\n".join(span.to_json() for span in self.spans)


def _below(spans: Sequence[ReadableSpan], at: Callable[[Any], bool], indent: str) -> list[str]:
    lines = []
    for span in spans:
        if at(span.parent):
            own = span.get_span_context().span_id

            def below(parent: Any, own: int = own) -> bool:
                return parent is not None and not parent.is_remote and parent.span_id == own

            lines += [f"{indent}{span.name}", *_below(spans, below, f"{indent}  ")]
    return lines
