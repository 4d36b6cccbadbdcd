"""`fathom replay`: a search again, from the file `fathom ask --trace` made, without a model."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from app.commands.answers import Answered
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
    differing = _differing(answered.plain(), recorded.result)
    if differing:
        raise ReplayMismatch(f"{path} came to another {', '.join(differing)}")
    return answered


def _differing(now: dict[str, JsonValue], then: dict[str, JsonValue]) -> list[str]:
    """Return the fields in which two results differ; how long they took is not one."""
    return [name for name in now if name != "seconds" and now[name] != then.get(name)]
