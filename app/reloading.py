"""Settings read again while the service runs: all that can change then, or nothing.

Searches that are under way go on with what they began with, but for prices: a call costs what is
set when it is made.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import structlog

from app.merging import changed, merge
from app.metrics import Metrics
from app.opening import NotReady, Opening
from app.pauses import check_pauses
from app.reading import WrongSettings
from app.service import Service, policy_of
from app.settings import Settings
from engines.base import Engine
from engines.build import EngineConfig
from engines.errors import EngineUnavailable
from engines.priced import Priced
from search.errors import PolicyError

_log = structlog.get_logger("fathom")


class Reloading:
    """Reads the settings again for a service that is open.

    Args:
        opening: has the service.
        read: reads the settings; raises `WrongSettings`.
        metrics: where it is counted.
    """

    def __init__(self, opening: Opening, read: Callable[[], Settings], metrics: Metrics) -> None:
        self._opening, self._read, self._metrics = opening, read, metrics

    def reload(self) -> None:
        """Use what is set now, or if that is wrong go on as before; the log says which."""
        try:
            service = self._opening.service
            settings, kept = merge(service.settings, self._read())
            fresh = _with(service, settings)
        except (WrongSettings, PolicyError, EngineUnavailable, NotReady) as error:
            self._metrics.reloaded("refused")
            _log.error("not reloaded", reason=str(error))
            return
        _set_prices(fresh)
        self._opening.swap(fresh)
        # Keys are no settings, but whoever revokes one can have it known at once like this.
        fresh.gate.ring.forget()
        self._metrics.reloaded("done")
        news = changed(service.settings, settings)
        _log.info("reloaded", changed=news, needs_restart=kept)


def _with(service: Service, settings: Settings) -> Service:
    """Return the service with other settings, policies read again, and its models likewise.

    Raises:
        PolicyError: a policy's file cannot be used.
        EngineUnavailable: a model cannot be given the pauses that are set.
    """
    named = {
        name: _served(one, settings.of(settings.further[name]))
        for name, one in service.named.items()
    }
    return replace(_served(service, settings), named=named)


def _served(service: Service, settings: Settings) -> Service:
    check_pauses(settings, service.engine)
    return replace(service, settings=settings, policy=policy_of(settings, service.engine))


def _set_prices(service: Service) -> None:
    for engine, config in _engines(service):
        if engine.capabilities.price != config.price:
            assert isinstance(engine, Priced), "a service opens every engine so"
            engine.set_price(config.price)


def _engines(service: Service) -> Iterator[tuple[Engine, EngineConfig]]:
    """Give every engine with what is set of it."""
    settings = service.settings
    yield service.engine, settings.engine
    yield from ((engine, settings.engines[name]) for name, engine in service.engines.items())
    yield from ((one.engine, one.settings.engine) for one in service.named.values())
