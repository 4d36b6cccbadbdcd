"""The command line on a service without a model."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from typer.testing import CliRunner, Result

from app.cli import create_cli
from app.service import Service
from app.settings import Settings
from engines.base import Request
from engines.fake import FakeEngine
from tests.search.world import LastWord, SharesOfB


def b_if_even(request: Request, i: int) -> str:
    """Say "b" in every other sample, which the scorer likes, and the answer 4 with it."""
    return f"{'ab'[i % 2]} {'ab'[i % 2]}\n\nAnswer: {'34'[i % 2]}"


def opener(
    reply: Callable[[Request, int], str] = b_if_even, opened: list[Settings] | None = None
) -> Callable[[Settings], AbstractAsyncContextManager[Service]]:
    """Return what opens a service on a fake engine, and notes the settings it is asked for."""

    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        if opened is not None:
            opened.append(settings)
        scorers = {name: SharesOfB() for name in settings.chain}
        yield Service(settings, FakeEngine(reply), LastWord(), scorers)

    return open_service


def fathom(
    *words: str,
    opens: Callable[[Settings], AbstractAsyncContextManager[Service]] | None = None,
    typed: str | None = None,
) -> Result:
    """Run a command; its result has `stdout`, `stderr` and `exit_code`."""
    result = CliRunner().invoke(create_cli(), words, input=typed, obj=opens or opener())
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def dataset(folder: Path, n: int = 6) -> Path:
    """Write n questions, to which 4 is the answer if they are even, in GSM8K's shape."""
    entries = ({"question": f"Question {i}?", "answer": f"#### {4 + i % 2}"} for i in range(n))
    path = folder / "sums.jsonl"
    path.write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")
    return path
