"""Logs: lines for people at a terminal, JSON elsewhere, always on standard error."""

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog


def configure_logs(level: str = "info") -> None:
    """Send structlog's events, and the standard library's, to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    tty = sys.stderr.isatty()
    last = structlog.dev.ConsoleRenderer() if tty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=last)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # What uvicorn says of its start and end, `fathom serve` says better.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(unsaid)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def unsaid(record: logging.LogRecord) -> bool:
    """Say whether a record of uvicorn's is news: of errors in requests ours says more, and less.

    It says of which request, and leaves out the error's text.
    """
    return not record.getMessage().startswith("Exception in ASGI application")


def where(error: BaseException) -> str:
    """Return what an error is and where it came from, without its text: that may quote a prompt."""
    return "\n".join(_lines(error, set()))


def _lines(error: BaseException, told: set[int]) -> Iterator[str]:
    """Give the lines of an error behind those of the one it came of; each is told once."""
    told.add(id(error))
    below = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if below is not None and id(below) not in told:
        yield from _lines(below, told)
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield type(error).__qualname__
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        if id(inner) not in told:
            yield from _lines(inner, told)
