"""Who answers the questions of a calibration, and how they are asked."""

from dataclasses import replace
from pathlib import Path

from app.commands.calibrating.asked import Asked
from app.commands.pausing import paused
from app.plan import find
from app.service import Service
from engines.base import Sampling
from engines.pauses import pauses_of
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.how import How
from evaluation.calibrate.pool import setup

FOLDER = Path(".cache") / "fathom" / "calibrate"
"""Where records are kept if no folder is named."""


def served_by(asked: Asked, service: Service) -> Service:
    """Return who serves the model that is meant.

    Raises:
        ModelNotFound: nobody does.
        CannotCalibrate: it is an alias.
    """
    if asked.model is None or asked.where["--url"] is not None:
        return service
    served, alias = find(asked.model, service)
    if alias is not None:
        raise CannotCalibrate(f"{asked.model} is a model's alias: --model is the model's own name")
    return served


def how_of(asked: Asked, served: Service) -> How:
    """Return how questions are asked of a model, the fewest pauses behind them.

    Raises:
        Unsupported: it has no token for pauses.
    """
    settings = served.settings
    temperature = settings.temperature if asked.temperature is None else asked.temperature
    how = How(
        served.models(asked.scorer or settings.chain),
        Sampling(asked.max_answer_tokens or settings.max_answer_tokens, temperature),
        None,
        asked.seed,
        asked.concurrency,
        asked.prompt,
        settings.step_end,
    )
    how = _paused(how, asked, served)
    kept = f"{asked.data.stem}-{setup(asked.size, how).fingerprint}"
    return replace(how, folder=asked.folder or FOLDER / kept)


def _paused(how: How, asked: Asked, served: Service) -> How:
    """Return it with the fewest pauses, if the model can be given the most of them."""
    if not asked.pauses:
        return replace(how, sampling=replace(how.sampling, pauses=paused(None, served)))
    pauses_of(asked.pauses[-1], how.models.engine.capabilities)
    return how.paused(asked.pauses[0])
