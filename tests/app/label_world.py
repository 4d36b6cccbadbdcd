"""`fathom label` on files written by hand, with a verifier whose rewards stand in the steps."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from typer.testing import Result

from app.service import Service
from app.settings import Settings
from engines.fake import FakeEngine
from scorers.base import Scorer
from tests.app.cli_world import b_if_even, fathom
from tests.search.world import Broken, LastWord
from tests.training.label.solutions import Says

PERSON = "340d89bc-f5b7-45e9-b272-909ba68ee363"


def file(folder: Path, name: str, *lines: JsonValue) -> str:
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def lines(path: str | Path) -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def opener(
    says: Scorer | None = None,
) -> Callable[[Settings], AbstractAsyncContextManager[Service]]:
    """Return what opens a service with the scorers "says" and "broken"."""

    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        scorers: dict[str, Scorer] = {"says": says or Says(), "broken": Broken()}
        yield Service(settings, FakeEngine(b_if_even), LastWord(), scorers)

    return open_service


def label(*words: str, typed: str | None = None, says: Scorer | None = None) -> Result:
    return fathom("label", *words, opens=opener(says), typed=typed)


def report(*words: str, typed: str | None = None, says: Scorer | None = None) -> dict[str, Any]:
    """Run the command to its end; return what it says as JSON."""
    result = label(*words, "--json", typed=typed, says=says)
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told
