"""Heads that nobody trained, and an engine whose hidden states say how many tokens there were."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

from engines.base import Capabilities
from engines.fake import FakeEngine

ABLE = Capabilities(
    "fake", context=100_000, token_ids=True, continues=True, parameters=0.5, states=1000
)
BY_TWO = {
    "kind": "linear",
    "layers": [{"weights": [[1.0, -0.5]], "bias": [0.25]}],
    "layout": "turn",
    "provenance": {"command": "by hand", "data": "none"},
}


def state(ids: Sequence[int]) -> list[float]:
    """Two numbers: of the text's length, and of all its tokens."""
    return [len(ids) / 10, crc32(repr(list(ids)).encode()) % 97 / 50]


def unasked(*_: object) -> str:
    raise AssertionError("a scorer does not draw samples")


def shows(**able) -> FakeEngine:
    """An engine that shows hidden states."""
    return FakeEngine(unasked, state=state, capabilities=replace(ABLE, **able))


def head_file(folder: Path, **fields: object) -> Path:
    """Write a head to a file, with these fields in place of some of its own."""
    file = folder / "a.head.json"
    file.write_text(json.dumps(BY_TWO | fields))
    return file
