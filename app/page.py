"""`/`: the page people try it on, which talks to the public API only, and its files."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

router = APIRouter()

PAGE = "index.html"
FILES = (
    PAGE,
    "api.js",
    "asking.js",
    "askview.js",
    "budget.js",
    "colour.js",
    "compareview.js",
    "cost.js",
    "dom.js",
    "form.js",
    "icon.svg",
    "layout.js",
    "main.js",
    "numbers.js",
    "page.css",
    "parameters.js",
    "picker.js",
    "plot.js",
    "policyview.js",
    "result.css",
    "result.js",
    "served.js",
    "snippet.js",
    "sse.js",
    "tracesview.js",
    "tree.js",
    "treecard.js",
    "treedraw.js",
    "treeview.js",
    "why.js",
)
"""All that is served; a request for anything else never gets to a file."""
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    type: str
    tag: str


@router.get("/", include_in_schema=False)
async def page(request: Request) -> Response:
    """Return the page; everything it shows comes from the API."""
    return _sent(_read(PAGE), request)


@router.get("/web/{name}", include_in_schema=False)
async def file(name: str, request: Request) -> Response:
    """Return one of the page's files, or that the client has it already."""
    if name not in FILES:
        raise HTTPException(404)
    return _sent(_read(name), request)


@cache
def _read(name: str) -> _File:
    content = files("web").joinpath(name).read_bytes()
    return _File(content, _TYPES[PurePath(name).suffix], f'"{sha256(content).hexdigest()[:32]}"')


def _sent(file: _File, request: Request) -> Response:
    headers = {
        "etag": file.tag,
        # Names stay the same from version to version: asked for anew each time, sent if it differs.
        "cache-control": "no-cache",
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
    }
    known = request.headers.get("if-none-match", "")
    if file.tag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.type, headers=headers)
