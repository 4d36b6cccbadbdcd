"""How a span ends: well, by an error, or because it was given up. One place says it for all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, Status, StatusCode, use_span


@contextmanager
def ended(span: Span) -> Iterator[Span]:
    """Make a span the current one of this task, and end it when the block ends, however it does.

    What an error says is not in it: servers quote what they were asked.
    """
    with use_span(span, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except asyncio.CancelledError:
            span.set_attribute("search.cancelled", True)
            raise
        except Exception as error:
            failed(span, type(error).__qualname__)
            raise
        finally:
            span.end()


def failed(span: Span, kind: str) -> None:
    """Mark a span as failed by an error of this kind."""
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
