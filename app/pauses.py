"""How many pauses a model is given before it answers: what a request says, or else the settings.

Whether a model was taught to pause nobody tells. That it has the token is evidence enough, for
nothing else is made of one; `pause_tokens: 0` in the configuration says that it was not.
"""

from app.settings import Settings
from engines.base import Capabilities, Engine
from engines.errors import EngineUnavailable
from engines.pauses import MARK, pauses_of


def asked_or_set(asked: int | None, settings: Settings, able: Capabilities) -> tuple[int, ...]:
    """Return the (M,) tokens of the pauses that are asked for, or are set of the model.

    Raises:
        Unsupported: the model has no one token for them; the error names the request's field.
    """
    return pauses_of((settings.pause_tokens or 0) if asked is None else asked, able)


def pausing(settings: Settings, able: Capabilities) -> bool:
    """Say whether a model was taught to pause."""
    return able.pause is not None and settings.pause_tokens != 0


def check_pauses(settings: Settings, engine: Engine) -> None:
    """Return if a model can be given the pauses that are set.

    Raises:
        EngineUnavailable: it can not, and every request would be refused.
    """
    able = engine.capabilities
    if settings.pause_tokens and able.pause is None:
        raise EngineUnavailable(
            f"{able.model} has no one token {MARK} that can be sent by its id: leave "
            "`pause_tokens` out",
            unspent=True,
        )
