"""Pauses of the searches that a command runs."""

import typer

from app.pauses import asked_or_set, pausing
from app.service import Service
from search.run import UNPAUSED


def paused(asked: int | None, service: Service) -> tuple[int, ...]:
    """Return the (M,) tokens of the pauses a flag asks for, or are set of the model.

    Standard error says so if there are none for a model that was taught to pause.

    Raises:
        Unsupported: the model has no one token for them.
    """
    settings, able = service.settings, service.engine.capabilities
    pauses = asked_or_set(asked, settings, able)
    if not pauses and pausing(settings, able):
        typer.echo(f"Warning: {UNPAUSED}", err=True)
    return pauses
