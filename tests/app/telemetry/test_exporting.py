"""Spans on their way: to a collector, and as headers to the servers that are asked."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan

from app.main import create_app
from app.opening import Opening
from app.service import Service
from app.telemetry.config import TracingConfig
from app.telemetry.opening import TelemetryMissing, open_tracing
from app.telemetry.tracing import UNTRACED
from engines.build import open_engine
from engines.fake import FakeEngine
from engines.probe import VllmConfig
from scorers.build import open_scorer
from scorers.prm import PrmPoolingConfig
from tests.app.client import ASK, a_service, call_app
from tests.app.process import CHAT
from tests.app.telemetry.world import GPU, Traced
from tests.engines.wire import Wire, serve
from tests.scorers.candidates import LastWord
from tests.scorers.pooling import Pooling, serving
from tests.search.world import a_or_b

NOBODY = "http://127.0.0.1:9"
EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


@dataclass
class Collector:
    """Takes spans by OTLP over HTTP."""

    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        taken = ExportTraceServiceRequest()
        taken.ParseFromString(await request.read())
        self.requests.append(taken)
        self.keys.append(request.headers.get("x-key"))
        return web.Response(content_type="application/x-protobuf")

    @property
    def names(self) -> set[str]:
        groups = [g for r in self.requests for g in r.resource_spans]
        return {span.name for g in groups for scope in g.scope_spans for span in scope.spans}

    @property
    def resource(self) -> dict[str, str]:
        told = self.requests[0].resource_spans[0].resource.attributes
        return {one.key: one.value.string_value for one in told}


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield collector
    finally:
        await runner.cleanup()


async def test_a_collector_gets_what_was_seen_before_the_service_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=trial")
    async with collecting() as collector:
        config = TracingConfig(endpoint=collector.url, headers={"x-key": "secret"})
        async with open_tracing(config) as tracing:
            engine = tracing.engine(FakeEngine(a_or_b), GPU)
            service = replace(a_service(), engine=engine, tracing=tracing)
            await call_app(create_app(Opening(service)), "POST", CHAT, json=ASK)
    assert {"POST /v1/chat/completions", "invoke_workflow best_of_n"} <= collector.names
    assert collector.resource["service.name"] == "fathom"
    assert collector.resource["deployment.environment.name"] == "trial"
    assert set(collector.keys) == {"secret"}
    assert "secret" not in repr(config)


async def test_a_collector_that_is_down_does_not_keep_the_service_from_ending() -> None:
    async with asyncio.timeout(6), open_tracing(TracingConfig(endpoint=NOBODY)) as tracing:
        with tracing.request({"type": "http", "method": "GET", "path": "/", "scheme": "http",
                              "headers": []}):  # fmt: skip
            pass


async def test_without_an_endpoint_nothing_is_traced() -> None:
    async with open_tracing(TracingConfig()) as tracing:
        assert tracing is UNTRACED


def test_opentelemetry_is_not_imported_where_it_is_not_used() -> None:
    told = "import sys, app.server; print('opentelemetry' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


async def test_what_to_install_is_said_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, EXPORTER, None)
    monkeypatch.delitem(sys.modules, "app.telemetry.exporting", raising=False)
    with pytest.raises(TelemetryMissing, match=r"install fathom-serve\[telemetry\]"):
        async with open_tracing(TracingConfig(endpoint="http://collector:4318")):
            pass


@asynccontextmanager
async def asking(traced: Traced, wire: Wire, pooling: Pooling) -> AsyncIterator[Service]:
    """A service on a server that draws and one that judges, which were probed before."""
    config, carried = VllmConfig(url=wire.url), traced.tracing.carried
    prm = PrmPoolingConfig(url=pooling.url)
    async with (
        open_engine(config, carried) as engine,
        open_scorer("prm", prm, engine, LastWord(), carried=carried) as scorer,
    ):
        wire.parents.clear()
        pooling.parents.clear()
        watched = traced.tracing.engine(engine, config)
        yield replace(traced.service, engine=watched, scorers={"prm": scorer})


async def test_servers_are_told_which_span_their_part_belongs_to() -> None:
    traced = Traced()
    search: dict[str, Any] = {"strategy": {"kind": "best_of_n", "n": 2}, "scorer": "prm"}
    body = {**ASK, "max_tokens": 9, "search": search}
    async with (
        serve(Wire()) as wire,
        serving(Pooling()) as pooling,
        asking(traced, wire, pooling) as service,
    ):
        answer = await call_app(create_app(Opening(service)), "POST", CHAT, json=body)
    assert answer.status_code == 200, answer.text
    assert set(wire.parents) == {_header(traced.one("text_completion"))}
    assert set(pooling.parents) == {_header(traced.one("search.verify prm"))}


def _header(span: ReadableSpan) -> str:
    known = span.get_span_context()
    return f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}"
