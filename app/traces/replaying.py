"""A kept search run again, without a model."""

import asyncio
import time
from typing import Any

from app.answers import Answered
from search.errors import ReplayMismatch
from search.trace import RecordedSearch


async def replayed(recorded: RecordedSearch) -> dict[str, Any]:
    """Run a search again, and say whether it comes to the same.

    It runs on a thread of its own: no call of it waits for anything, and others are to be answered
    meanwhile.
    """
    return await asyncio.to_thread(lambda: asyncio.run(_replayed(recorded)))


async def _replayed(recorded: RecordedSearch) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        outcome = await recorded.replay()
    except ReplayMismatch as error:
        return {"same": False, "differing": [], "reason": str(error), "result": None}
    seconds = time.perf_counter() - began
    model = recorded.capabilities.model
    again = Answered(recorded.task, recorded.strategy, recorded.limits, model, outcome, seconds)
    differing = again.differing(recorded.result)
    told = {"same": not differing, "differing": differing, "reason": None}
    return told | {"result": again.plain()}
