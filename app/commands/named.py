"""Which engine a flag means that names a model, as a student or a teacher."""

import typer

from app.service import Service
from app.settings import SERVICE_NAME, Settings
from engines.base import DEFAULT, Engine
from scorers.build import ConfidenceConfig, VoteConfig
from scorers.registry import AnyScorer

_FREE: dict[str, AnyScorer] = {"confidence": ConfidenceConfig(), "vote": VoteConfig()}


def only(settings: Settings, *names: str | None) -> Settings:
    """Return settings of the service's own engine and of those named, without verifiers.

    For commands that have nothing judged: what would judge need not be there.
    """
    models = {
        name: model.model_copy(update={"scorers": None, "scorer": None})
        for name, model in settings.further.items()
        if name in names
    }
    wanted = {*names, *(model.engine for model in models.values() if isinstance(model.engine, str))}
    engines = {name: engine for name, engine in settings.engines.items() if name in wanted}
    free = {"scorers": _FREE, "scorer": ("vote",)}
    return settings.model_copy(update={"models": models, "engines": engines, **free})


def check_named(settings: Settings, name: str | None, flag: str) -> None:
    """Return if a flag's name is that of a model or of an engine, or is not given.

    Raises:
        BadParameter: there is none of that name.
    """
    known = (SERVICE_NAME, *settings.further, DEFAULT, *settings.engines)
    if name is not None and name not in known:
        raise typer.BadParameter(f"{flag}: there is no {name!r}; there are {', '.join(known)}")


def engine_named(service: Service, name: str | None) -> Engine:
    """Return the engine of a name: that of one of the models, or one of the further engines.

    `fathom`, `default` and nothing at all are the service's own.
    """
    if name in service.named:
        return service.named[name].engine
    return service.engine if name is None else service.engines.get(name, service.engine)
