"""Secrets of keys: made once, shown once, and known afterwards by their digest.

The digest is plain SHA-256, without salt or stretching. These protect passwords, which can be
guessed; a secret of 256 random bits cannot, and a slow hash would be paid for by every request.
"""

from hashlib import sha256
from re import compile as pattern
from secrets import token_urlsafe

_MARK = "fk-"
_BYTES = 32
_SHOWN = len(_MARK) + 8
"""Of 43 characters after the mark 8 are shown: 208 bits of 256 stay unknown."""
_SHAPE = pattern(r"fk-[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """Return a secret nobody has had before."""
    return _MARK + token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of a secret, in hexadecimal."""
    return sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str | None:
    """Return the part of a secret that may be shown; `None` if it cannot be one of ours."""
    return secret[:_SHOWN] if _SHAPE.fullmatch(secret) else None
