"""Which engine a flag means that names a model, as a student or a teacher."""

import typer

from app.service import Service
from app.settings import SERVICE_NAME
from engines.base import DEFAULT, Engine


def engine_named(service: Service, name: str | None, flag: str) -> Engine:
    """Return the engine of a name: of one of the models, or of one of the further engines.

    Args:
        service: whose they are.
        name: `fathom` or nothing is the service's own model, which also has its own name.
        flag: what gives the name, for the sentence that refuses it.

    Raises:
        BadParameter: there is none of that name.
    """
    models = {SERVICE_NAME: service, **service.everyone}
    engines = service.engines | {name: model.engine for name, model in models.items()}
    engines.setdefault(DEFAULT, service.engine)
    if name is None:
        return service.engine
    if name not in engines:
        raise typer.BadParameter(f"{flag}: there is no {name!r}; there are {', '.join(engines)}")
    return engines[name]
