"""Finding out what a server does with what is not words: a bias on tokens, and images."""

import base64
import struct
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

Draw: TypeAlias = Callable[[dict[str, Any]], Awaitable[object | None]]
"""Draws one token by a request with these fields; gives what tells two apart, `None` if refused."""

_TOKENS = ("1000", "2000")
_SIDE = 64
"""Pixels: models that cut images into squares refuse smaller ones."""


async def heeds_bias(draw: Draw) -> bool:
    """Say whether a bias on tokens decides what is drawn: servers pass over fields unknown."""
    asked: list[dict[str, Any]] = [{"logit_bias": {token: 100}} for token in _TOKENS]
    one, two = [await draw({**fields, "temperature": 0}) for fields in asked]
    return None not in (one, two) and one != two


async def sees_images(draw: Draw) -> bool:
    """Say whether an image in a message is taken."""
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_png()}"}}
    content = [{"type": "text", "text": "What is this?"}, image]
    return await draw({"messages": [{"role": "user", "content": content}]}) is not None


def _png() -> str:
    """Return a white square in base64."""
    row = b"\0" + b"\xff" * _SIDE
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * _SIDE)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()
