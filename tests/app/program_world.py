"""The command line on a model that writes known programs, and the real sandbox to run them in."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from app.service import Service
from app.settings import Settings
from engines.base import Request
from engines.fake import FakeEngine
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import SandboxServerConfig, open_sandbox
from scorers.programs.unit_tests import UnitTests
from tests.search.world import LastWord

RIGHT, LUCKY, WRONG = "2 * x", "4", "x"
"""What programs return: doubles; passes the public test alone; passes none."""


def fenced(expression: str) -> str:
    return f"```python\ndef double(x):\n    return {expression}\n```"


def by_turns(request: Request, i: int) -> str:
    """Write each of three programs in turn."""
    return fenced((LUCKY, WRONG, RIGHT)[i % 3])


def opens(
    url: str, reply: Callable[[Request, int], str] = by_turns
) -> Callable[[Settings], AbstractAsyncContextManager[Service]]:
    """Return what opens a service whose one scorer runs tests, in the sandbox at `url`."""

    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        async with open_sandbox(SandboxServerConfig(url=url)) as sandbox:
            scorers = {"unit_tests": UnitTests("unit_tests", sandbox, TestLimits())}
            told = settings.model_copy(update={"scorer": ("unit_tests",)})
            yield Service(told, FakeEngine(reply), LastWord(), dict(scorers), sandbox=sandbox)

    return open_service


def tasks(folder: Path, n: int = 2) -> Path:
    """Write n tasks of doubling a number, in MBPP's shape."""
    entries = (
        {
            "text": f"Double a number, as in task {i}.",
            "code": "def double(x):\n    return x + x",
            "test_list": ["assert double(2) == 4", "assert double(5) == 10"],
        }
        for i in range(n)
    )
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path
