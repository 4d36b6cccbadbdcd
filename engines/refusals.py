"""What a model server's error means: from its status and body to one of our errors.

The bodies differ: vLLM `{"error": {"message", "type", "param", "code": 400}}`, and
`{"error": "Unauthorized"}` for a wrong key; llama.cpp `{"error": {"code", "message", "type"}}`;
FastAPI `{"detail": ...}`; proxies, text or HTML.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from typing_extensions import override

from engines.errors import (
    ContextOverflow,
    EngineError,
    EngineOverloaded,
    EngineUnavailable,
    RequestRefused,
)

_REFUSED = frozenset({400, 404, 413, 422})
_KEY = frozenset({401, 403})
_BUSY = frozenset({429, 503})
_OVERFLOW = re.compile(
    r"maximum (context|model) length|max_model_len|exceed_context_size|context_length_exceeded",
    re.IGNORECASE,
)
_FULL = "Context size has been exceeded."
"""llama.cpp's 500 when all samples together outgrow its cache: there may be room later."""
_SECONDS = re.compile(r"\d+(\.\d+)?")
_SHOWN = 400
"""Characters of a server's message that go into ours."""


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked of whom. `str(call)` names the server, which clients need not know."""

    server: str
    path: str
    request_id: str | None = None

    @property
    def what(self) -> str:
        """The call without its server."""
        return f"{self.path} (request {self.request_id})" if self.request_id else self.path

    @override
    def __str__(self) -> str:
        return f"{self.server}{self.what}"


def status_error(call: Call, status: int, body: bytes, retry_after: str | None) -> EngineError:
    """Return the error that an answer with this status is.

    Args:
        call: that failed.
        status: of the answer, not 200.
        body: of the answer, in whatever form.
        retry_after: the header; a date is taken for no advice.
    """
    return _error(call, status, _fields(body), _seconds(retry_after))


def event_error(call: Call, event: Mapping[str, Any]) -> EngineError:
    """Return the error that an event `{"error": ...}` is, in a stream that began well."""
    fields = _inner(event)
    code = fields.get("code")
    error = _error(call, code if isinstance(code, int) else 500, fields, None)
    error.unspent = False
    return error


def _error(
    call: Call, status: int, fields: Mapping[str, Any], retry_after: float | None
) -> EngineError:
    said = str(fields.get("message") or "no reason given")[:_SHOWN]
    if status in _REFUSED:
        told = " ".join(str(fields.get(key)) for key in ("message", "type", "code"))
        kind = ContextOverflow if _OVERFLOW.search(told) else RequestRefused
        return kind(f"{call.what} was refused: {said}", param=_text(fields.get("param")))
    if status in _KEY:
        reason = f"{call} answered {status}: the server does not accept our key"
        return EngineUnavailable(reason, unspent=True)
    if status in _BUSY or said == _FULL:
        return EngineOverloaded(f"{call} answered {status}: {said}", retry_after=retry_after)
    return EngineUnavailable(f"{call} answered {status}: {said}")


def _fields(body: bytes) -> Mapping[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {"message": body.decode(errors="replace").strip()}
    return _inner(answer) if isinstance(answer, dict) else {"message": answer}


def _inner(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    error = answer.get("error")
    if isinstance(error, dict):
        return error
    return {"message": error or answer.get("detail") or answer.get("message")}


def _seconds(header: str | None) -> float | None:
    return float(header) if header and _SECONDS.fullmatch(header.strip()) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
