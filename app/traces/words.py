"""A kept search as bytes, and back: what was asked, what happened, and what came of it."""

import json
import zlib
from dataclasses import dataclass, replace
from typing import Any

from app.answers import Answered
from app.completion import Completion
from app.tree_events import tree_of
from search.trace import RecordedSearch, limits_of

_LEVEL = 1
"""Of zlib's: higher ones take longer by more than they save."""
_CANDIDATES = 256
"""Of the ranked solutions, as many as a request may ask for."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a search, each part as compressed JSON.

    `recorded` is the file that `fathom replay` reads, `told` has `request`, `search` and `answer`.
    """

    recorded: bytes
    told: bytes

    @property
    def size(self) -> int:
        """Bytes of both."""
        return len(self.recorded) + len(self.told)


def words_of(completion: Completion) -> Words:
    """Return the words of an answered request."""
    tree = tree_of(completion.trace, completion.outcome.ranked)
    told = {
        "request": completion.request.model_dump(mode="json", exclude_unset=True, by_alias=True),
        "search": _with(completion, _CANDIDATES).search() | {"tree": tree},
        "answer": {k: v for k, v in _with(completion, 0).body().items() if k != "search"},
    }
    return Words(packed(recorded_of(completion).dump()), packed_json(told))


def recorded_of(completion: Completion) -> RecordedSearch:
    """Return the search as `fathom ask --trace` would write it."""
    plan, outcome = completion.plan, completion.outcome
    able, limits = plan.models.engine.capabilities, limits_of(plan.budget)
    answered = Answered(plan.task, plan.strategy, limits, able.model, outcome, completion.seconds)
    return RecordedSearch(
        plan.strategy,
        plan.task,
        limits,
        able,
        completion.trace,
        answered.plain(),
        {name: engine.capabilities for name, engine in plan.models.others.items()},
        completion.request.search.reference,
    )


def body_of(completion: Completion) -> dict[str, Any]:
    """Return a completion as it was answered, without the events of its search."""
    return _with(completion, completion.request.search.candidates).body()


def packed(content: bytes) -> bytes:
    """Return content compressed."""
    return zlib.compress(content, _LEVEL)


def packed_json(value: dict[str, Any]) -> bytes:
    """Return a JSON value compressed."""
    return packed(json.dumps(value, separators=(",", ":")).encode())


def unpacked(content: bytes) -> bytes:
    """Return what was packed."""
    return zlib.decompress(content)


def unpacked_json(content: bytes) -> dict[str, Any]:
    """Return the JSON value that was packed."""
    value: dict[str, Any] = json.loads(unpacked(content))
    return value


def _with(completion: Completion, candidates: int) -> Completion:
    """Return a completion that tells of so many candidates, and of no event."""
    request = completion.request
    search = request.search.model_copy(update={"candidates": candidates, "trace": False})
    return replace(completion, request=request.model_copy(update={"search": search}))
