"""What clients label things with: OpenAI's `metadata`."""

from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

_NO_NUL = r"^[^\x00]*$"
"""Databases hold no NUL in a text."""

Metadata: TypeAlias = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=64, pattern=_NO_NUL)],
        Annotated[str, StringConstraints(max_length=512, pattern=_NO_NUL)],
    ],
    Field(max_length=16),
]
"""Up to 16 pairs, of keys of up to 64 characters and values of up to 512."""
