"""What the document on telemetry says is so."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.telemetry.config import TracingConfig
from tests.app.telemetry.test_spans import BEAM
from tests.app.telemetry.world import Traced

DOCUMENT = (Path(__file__).parents[3] / "docs" / "telemetry.md").read_text()


def test_every_setting_of_tracing_is_in_its_table() -> None:
    table = DOCUMENT.partition("| of `tracing` |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(TracingConfig.model_fields)


async def test_everything_that_a_search_says_is_in_the_document() -> None:
    traced = Traced()
    await traced.ask(BEAM)
    words = set(re.findall(r"[\w.*-]+", DOCUMENT))
    assert [name for name in _said(traced) if not _known(name, words)] == []


def _said(traced: Traced) -> Iterator[str]:
    for span in traced.spans:
        yield from span.attributes or {}


def _known(name: str, words: set[str]) -> bool:
    """Whether a name is there, or its end, or with all that begin like it."""
    parts = name.split(".")
    ends = {".".join(parts[i:]) for i in range(len(parts))}
    beginnings = {".".join([*parts[:i], "*"]) for i in range(1, len(parts))}
    return bool((ends | beginnings) & words)
