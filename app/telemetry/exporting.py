"""Spans sent to a collector by OTLP over HTTP, in batches, from a thread of OpenTelemetry's.

What is not set here the SDK takes from the variables of its own: `OTEL_RESOURCE_ATTRIBUTES`,
`OTEL_BSP_*`, `OTEL_EXPORTER_OTLP_TIMEOUT` and the like.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from app.telemetry.config import TracingConfig
from app.telemetry.spans import Spans

_NAME = "fathom"
_LAST_SECONDS = 2.0
"""For what has not been sent when the service ends."""


@asynccontextmanager
async def exporting(config: TracingConfig, endpoint: str) -> AsyncIterator[Spans]:
    """Give spans that are sent to `endpoint`; those not sent yet are when it is closed."""
    secrets = config.headers.items()
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces",
        headers={name: secret.get_secret_value() for name, secret in secrets} or None,
    )
    provider = provided(config)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Spans(provider, content=config.content)
    finally:
        # A collector that is down is asked again and again, for longer than a process has to end.
        enough = asyncio.get_running_loop().call_later(_LAST_SECONDS, exporter.shutdown)
        await asyncio.to_thread(provider.shutdown)
        enough.cancel()


def provided(config: TracingConfig) -> TracerProvider:
    """Return what makes spans. No global one: another library's are its own affair."""
    own = {"service.name": _NAME, "service.version": version("fathom-serve")}
    named = {} if config.service_name is None else {"service.name": config.service_name}
    resource = Resource.create({**own, **OTELResourceDetector().detect().attributes, **named})
    sampler = ParentBased(TraceIdRatioBased(config.sample))
    return TracerProvider(sampler=sampler, resource=resource)
