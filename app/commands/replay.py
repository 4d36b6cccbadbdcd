"""`fathom replay`: a search again, from the file `fathom ask --trace` made, without a model."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from app.answers import Answered
from app.commands.options import JsonFlag
from app.commands.running import run
from search.errors import ReplayMismatch
from search.trace import RecordedSearch


def replay(
    trace: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="What `fathom ask --trace` wrote.")
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Run a recorded search again, and check that it comes to the same."""
    answered = run(_replay(trace))
    typer.echo(json.dumps(answered.plain()) if as_json else answered.lines())


async def _replay(path: Path) -> Answered:
    recorded = RecordedSearch.read(path)
    clock = asyncio.get_running_loop().time
    began = clock()
    outcome = await recorded.replay()
    seconds = clock() - began
    model = recorded.capabilities.model
    answered = Answered(recorded.task, recorded.strategy, recorded.limits, model, outcome, seconds)
    if differing := answered.differing(recorded.result):
        raise ReplayMismatch(f"{path} came to another {', '.join(differing)}")
    return answered
