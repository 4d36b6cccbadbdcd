"""A file as it comes in, by multipart: no more of it is taken than may be."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.types import Message, Receive

from app.batches.errors import FieldRefused, FileTooLarge
from app.batches.wire import LONGEST_SECONDS, SHORTEST_SECONDS, ExpiresAfter

_AROUND = 2**16
"""Bytes of a request besides its file."""
_READ_BYTES = 2**18
_EXPIRES = {"expires_after[anchor]": "anchor", "expires_after[seconds]": "seconds"}
_KNOWN = {"file", "purpose", *_EXPIRES}
_SECONDS = {"type": "integer", "minimum": SHORTEST_SECONDS, "maximum": LONGEST_SECONDS}
FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "purpose": {"const": "batch"},
                    "expires_after[anchor]": {"const": "created_at"},
                    "expires_after[seconds]": _SECONDS,
                },
                "required": ["file", "purpose"],
                "additionalProperties": False,
            }
        }
    },
}
"""What is sent, for the OpenAPI document."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, and what was said of it; `keep_seconds` is `None` if nothing was."""

    file: UploadFile
    keep_seconds: int | None

    @property
    def name(self) -> str:
        """What the client calls it."""
        printable = "".join(c for c in self.file.filename or "" if c.isprintable())
        return printable[-256:] or "file"

    async def content(self) -> AsyncIterator[bytes]:
        """Give its bytes in pieces."""
        while piece := await self.file.read(_READ_BYTES):
            yield piece


@asynccontextmanager
async def received(http: Request, most: int) -> AsyncIterator[Upload]:
    """Take a file that is sent; it lies on the disk until the block ends.

    Raises:
        FieldRefused: a field is lacking, or none that can be honoured.
        FileTooLarge: it has more than `most` bytes.
    """
    limited = Request(http.scope, _limited(http.receive, most))
    async with limited.form(max_files=1, max_fields=len(_KNOWN)) as form:
        yield _upload(form, most)


def _limited(receive: Receive, most: int) -> Receive:
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most + _AROUND:
            raise FileTooLarge(most)
        return message

    return take


def _upload(form: FormData, most: int) -> Upload:
    for name in form:
        if name not in _KNOWN:
            raise FieldRefused(name, f"`{name}` is not a field this server can honour")
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise FieldRefused("file", "`file` is missing")
    if file.size is not None and file.size > most:
        raise FileTooLarge(most)
    if form.get("purpose") != "batch":
        raise FieldRefused("purpose", "the `purpose` of a file can only be `batch`")
    said = {ours: form[theirs] for theirs, ours in _EXPIRES.items() if theirs in form}
    return Upload(file, _kept(said) if said else None)


def _kept(said: Mapping[str, object]) -> int:
    try:
        return ExpiresAfter.model_validate(said).seconds
    except ValidationError as error:
        fault = error.errors()[0]
        raise FieldRefused(f"expires_after.{fault['loc'][0]}", fault["msg"]) from error
