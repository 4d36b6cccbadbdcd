"""The command line on an engine that answers two questions and then hangs, once it has said so."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.cli import create_cli
from app.service import Service
from app.settings import Settings
from engines.base import Request
from engines.fake import FakeEngine
from tests.app.cli_world import b_if_even
from tests.search.world import LastWord, SharesOfB


@asynccontextmanager
async def hanging(settings: Settings) -> AsyncIterator[Service]:
    """Open a service, and say when it is closed."""

    def latency(request: Request) -> float:
        if len(engine.seen) < 3:
            return 0
        say("hangs")
        return 600

    engine = FakeEngine(b_if_even, latency=latency)
    try:
        yield Service(settings, engine, LastWord(), {name: SharesOfB() for name in settings.chain})
    finally:
        say("closed")


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    create_cli()(obj=hanging)
