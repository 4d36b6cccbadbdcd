"""What is kept of a request: the one place that decides it.

The configuration says what may be kept, the request what is wanted, and the caller's key whether
anything of its holder is kept at all.
"""

from dataclasses import dataclass

from app.callers import ANYONE, Caller
from app.errors import DatabaseOff, KeepingRefused
from app.store import Store
from app.traces.config import TracesConfig
from app.wire import ChatRequest


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whether the search is kept, and whether the completion is."""

    trace: bool
    completion: bool


def wanted(
    request: ChatRequest, config: TracesConfig, store: Store | None, caller: Caller = ANYONE
) -> Wanted:
    """Say what is kept of a request.

    Raises:
        DatabaseOff: it asks to be kept, and there is nowhere.
        KeepingRefused: it asks to be kept, and the configuration or its key forbids it.
    """
    asked = request.search.keep
    if (asked or request.store) and store is None:
        raise DatabaseOff
    if (asked or request.store) and not caller.kept:
        param = "store" if request.store else "search.keep"
        raise KeepingRefused("nothing is kept of requests with this key", param)
    if asked and config.keep == "none":
        raise KeepingRefused("this server keeps no searches: `traces.keep` is none", "search.keep")
    if store is None or not caller.kept:
        return Wanted(trace=False, completion=False)
    by_itself = config.keep == "all" or (config.keep == "asked" and request.store)
    return Wanted(trace=by_itself if asked is None else asked, completion=request.store)
