"""What is counted for Prometheus: requests and searches, never what they are about.

Names are in base units, labels are few and known beforehand: nothing of a request's own words is
one, so that no client can make the numbers grow. One registry an app: there is no global one.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.completion import Completion
from app.errors import STATUS, error_body
from app.jobs.metrics import JobMetrics
from app.keys.errors import Refused
from scorers.base import Scored

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Bounds of durations: a search may take minutes."""
_SOLUTIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SCORES = tuple(i / 10 for i in range(1, 11))
_ELSEWHERE = "none"
"""The endpoint of a request that no route takes."""
_HUNG_UP, _GIVEN_UP, _BUG = 499, "given_up", "internal_error"

router = APIRouter()


class Metrics:
    """The numbers of one app, since it was started."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        Info("fathom_build", "What is running.", registry=registry).info(
            {"version": version("fathom-serve")}
        )
        self._requests = Counter(
            "fathom_requests", "Requests answered.", ("endpoint", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "fathom_request_seconds",
            "From a request to the end of its answer.",
            ("endpoint",),
            registry=registry,
            buckets=SECONDS,
        )
        self._first_byte_seconds = Histogram(
            "fathom_first_byte_seconds",
            "From a request to the first byte of its answer.",
            ("endpoint",),
            registry=registry,
            buckets=SECONDS,
        )
        self._running = Gauge("fathom_searches_running", "Searches under way.", registry=registry)
        self._searches = Counter(
            "fathom_searches",
            "Searches that came to an answer, by what ended them.",
            ("model", "strategy", "stop"),
            registry=registry,
        )
        self._failed = Counter(
            "fathom_searches_failed",
            "Searches that came to an error, by its code; given up if the client hung up.",
            ("code",),
            registry=registry,
        )
        self._exhausted = Counter(
            "fathom_budget_exhausted",
            "Searches that ran out of something.",
            ("limit",),
            registry=registry,
        )
        self._degraded = Counter(
            "fathom_searches_degraded",
            "Searches that did not do all as asked for.",
            ("strategy",),
            registry=registry,
        )
        self._search_seconds = Histogram(
            "fathom_search_seconds",
            "How long a search took.",
            ("strategy",),
            registry=registry,
            buckets=SECONDS,
        )
        self._tokens = Counter(
            "fathom_search_tokens",
            "Tokens of searches: read, of these cached; drawn, of these returned; by verifiers.",
            ("model", "kind"),
            registry=registry,
        )
        self._waiting = Gauge(
            "fathom_searches_waiting", "Searches that wait for their turn.", registry=registry
        )
        self._waited = Histogram(
            "fathom_wait_seconds",
            "How long searches waited for their turn, or until they gave up or were refused.",
            registry=registry,
            buckets=SECONDS,
        )
        self._refused = Counter(
            "fathom_refusals",
            "Requests refused at the door, by the code.",
            ("code",),
            registry=registry,
        )
        self._solutions = Histogram(
            "fathom_search_solutions",
            "Solutions that a search ended with.",
            ("strategy",),
            registry=registry,
            buckets=_SOLUTIONS,
        )
        self._score = Histogram(
            "fathom_answer_score",
            "Scores of answers.",
            ("scorer",),
            registry=registry,
            buckets=_SCORES,
        )
        self._reloads = Counter(
            "fathom_reloads",
            "Times that the settings were read again, by what became of it.",
            ("outcome",),
            registry=registry,
        )
        self.jobs = JobMetrics(registry)

    @contextmanager
    def search(self) -> Iterator[None]:
        """Count a search while it goes on, and its failure if it fails."""
        self._running.inc()
        code: str | None = _BUG
        try:
            yield
            code = None
        except tuple(STATUS) as error:
            code = error_body(error)[1]["error"]["code"]
            raise
        except asyncio.CancelledError:
            code = _GIVEN_UP
            raise
        finally:
            self._running.dec()
            if code is not None:
                self._failed.labels(code).inc()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count a search while it waits for its turn."""
        began = time.perf_counter()
        self._waiting.inc()
        try:
            yield
        finally:
            self._waiting.dec()
            self._waited.observe(time.perf_counter() - began)

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Count a request that is refused before anything is searched for."""
        try:
            yield
        except Refused as error:
            self._refused.labels(error_body(error)[1]["error"]["code"]).inc()
            raise

    def found(self, completion: Completion) -> None:
        """Count a search that came to an answer."""
        outcome, strategy = completion.outcome, completion.plan.strategy.kind
        model = completion.plan.models.engine.capabilities.model
        self._searches.labels(model, strategy, outcome.stop).inc()
        self._search_seconds.labels(strategy).observe(completion.seconds)
        self._solutions.labels(strategy).observe(len(outcome.ranked))
        if outcome.exhausted:
            self._exhausted.labels(outcome.exhausted).inc()
        if outcome.degradations:
            self._degraded.labels(strategy).inc()
        if isinstance(outcome.answer, Scored) and outcome.answer.score is not None:
            self._score.labels(outcome.answer.scorer).observe(outcome.answer.score)
        for kind, tokens in _tokens(completion).items():
            self._tokens.labels(model, kind).inc(tokens)

    def reloaded(self, outcome: Literal["done", "refused"]) -> None:
        """Count a time that the settings were read again."""
        self._reloads.labels(outcome).inc()

    def answered(self, endpoint: str, status: int, first: float | None, whole: float) -> None:
        """Count a request: its status, and the seconds to the first byte and to the end."""
        self._requests.labels(endpoint, str(status)).inc()
        self._request_seconds.labels(endpoint).observe(whole)
        if first is not None:
            self._first_byte_seconds.labels(endpoint).observe(first)


def _tokens(completion: Completion) -> dict[str, int]:
    spent, judged = completion.outcome.generator, completion.outcome.verifier
    return {
        "prompt": spent.prompt_tokens,
        "cached": spent.cached_tokens,
        "generated": spent.completion_tokens,
        "returned": sum(candidate.answer_tokens for candidate in completion.chosen),
        "verifier_prompt": judged.prompt_tokens,
        "verifier": judged.completion_tokens,
    }


class Counted:
    """Counts every request, streamed ones to their end. Plain ASGI; see `RequestId`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), _HUNG_UP
        first: float | None = None

        async def seen(message: Message) -> None:
            nonlocal first, status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif first is None and message.get("body"):
                first = time.perf_counter() - began
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            route = getattr(scope.get("route"), "path", _ELSEWHERE)
            self._metrics.answered(route, status, first, time.perf_counter() - began)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Give the numbers in Prometheus's text format."""
    known: Metrics = request.app.state.metrics
    return Response(generate_latest(known.registry), media_type=CONTENT_TYPE_LATEST)
