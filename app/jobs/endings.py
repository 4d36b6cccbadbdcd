"""What a job's failure is kept as, and which failures may pass."""

from app.errors import bug_body, error_body
from app.store import StoreError
from app.store.tables import Plain
from engines.errors import EngineOverloaded, EngineUnavailable
from scorers.base import ScorerUnavailable

PASSING: tuple[type[Exception], ...] = (
    EngineOverloaded,
    EngineUnavailable,
    ScorerUnavailable,
    StoreError,
)
"""Failures of others, that may have passed when they are asked again."""


def told(error: Exception) -> Plain:
    """Return an error that has a row as a job keeps it: the `status`, and OpenAI's `error`."""
    status, body = error_body(error)
    return {"status": status, **body}


def broken() -> Plain:
    """Return the same of an error nobody foresaw."""
    status, body = bug_body()
    return {"status": status, **body}
