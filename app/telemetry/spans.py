"""The spans of a request, of its search, and of the calls of engines and scorers below that.

By OpenTelemetry's conventions for HTTP and, where they have a word, for generative AI.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import Message, Scope

from app.presets import BudgetOptions
from app.telemetry.engine import TracedEngine, usage_of
from app.telemetry.marks import ended, failed
from app.telemetry.rounds import Rounds, RoundsEngine, TracedComparer, TracedScorer
from app.telemetry.tracing import Unwatched, Watched
from engines.base import Engine
from engines.build import EngineConfig
from scorers.base import Scored
from search import Models, Outcome
from search.events import Degraded, Event
from search.registry import AnyStrategy

_FAILED = 500


class Spans:
    """Follows requests by spans of a provider's; see `Tracing`."""

    on = True

    def __init__(self, provider: TracerProvider, *, content: bool) -> None:
        self._tracer, self._content = provider.get_tracer("fathom"), content
        self._passed_on = TraceContextTextMapPropagator()

    def carried(self) -> Mapping[str, str]:
        """Return the headers that say which span is the current one."""
        headers: dict[str, str] = {}
        self._passed_on.inject(headers)
        return headers

    def engine(self, engine: Engine, config: EngineConfig) -> Engine:
        """Return an engine whose calls are spans."""
        return TracedEngine(engine, self._tracer, config, content=self._content)

    @contextmanager
    def request(self, scope: Scope) -> Iterator["_Answered"]:
        """Make a request a span, below the one that its `traceparent` names; the log says which."""
        method, path = scope["method"], scope["path"]
        span = self._tracer.start_span(
            method,
            self._passed_on.extract(Headers(scope=scope)),
            SpanKind.SERVER,
            {"http.request.method": method, "url.path": path, "url.scheme": scope["scheme"]},
        )
        known = span.get_span_context()
        ids = {"trace_id": f"{known.trace_id:032x}", "span_id": f"{known.span_id:016x}"}
        with ended(span), structlog.contextvars.bound_contextvars(**ids):
            try:
                yield _Answered(span)
            finally:
                route = getattr(scope.get("route"), "path", None)
                if route is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)

    @contextmanager
    def search(
        self, trace: str, strategy: AnyStrategy, limits: BudgetOptions, models: Models
    ) -> Iterator[Watched]:
        """Make a search a span, and its rounds and calls others below it."""
        model, known = models.engine.capabilities.model, limits.model_dump(exclude_none=True)
        span = self._tracer.start_span(
            f"invoke_workflow {strategy.kind}",
            attributes={
                "gen_ai.operation.name": "invoke_workflow",
                "gen_ai.request.model": model,
                "gen_ai.response.id": trace,
                "search.strategy": strategy.kind,
                **{f"search.budget.{name}": limit for name, limit in known.items()},
            },
        )
        with ended(span):
            if not span.is_recording():
                yield Unwatched(models)
                return
            rounds = Rounds(self._tracer, span)
            try:
                yield _Watched(span, rounds, models)
            finally:
                span.set_attribute("search.rounds", len(rounds))
                rounds.end()


class _Answered:
    def __init__(self, span: Span) -> None:
        self._span = span

    def hear(self, message: Message) -> None:
        """Note the status, and the name of the request in the log."""
        if message["type"] != "http.response.start":
            return
        status, headers = message["status"], Headers(raw=message["headers"])
        self._span.set_attribute("http.response.status_code", status)
        self._span.set_attribute("http.response.header.x-request-id", headers["x-request-id"])
        if status >= _FAILED:
            failed(self._span, str(status))


class _Watched:
    def __init__(self, span: Span, rounds: Rounds, models: Models) -> None:
        self._span, self._degraded = span, 0
        self.models = replace(
            models,
            engine=RoundsEngine(models.engine, rounds),
            others={name: RoundsEngine(one, rounds) for name, one in models.others.items()},
            scorers=tuple(TracedScorer(scorer, rounds) for scorer in models.scorers),
            pairs=None if models.pairs is None else TracedComparer(models.pairs, rounds),
        )

    def hear(self, event: Event) -> None:
        """Count what was not done as asked for."""
        self._degraded += isinstance(event, Degraded)

    def found(self, outcome: Outcome) -> None:
        """Say how the search ended, and what it took."""
        spent, judged, answer = outcome.generator, outcome.verifier, outcome.answer
        told = {
            **usage_of(spent),
            "search.stop": outcome.stop,
            "search.solutions": len(outcome.ranked),
            "search.calls": outcome.usage.calls,
            "search.flops": outcome.usage.flops,
            "search.cost": outcome.usage.cost,
            "search.verifier.input_tokens": judged.prompt_tokens,
            "search.verifier.output_tokens": judged.completion_tokens,
            "search.degradations": self._degraded,
        }
        self._span.set_attributes(told)
        if outcome.exhausted is not None:
            self._span.set_attribute("search.exhausted", outcome.exhausted)
        if isinstance(answer, Scored) and answer.score is not None:
            self._span.set_attributes(
                {"search.scorer": answer.scorer, "search.score": answer.score}
            )
