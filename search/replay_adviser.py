"""A policy that says again what a trace says it said."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from pydantic import JsonValue, TypeAdapter
from typing_extensions import override

from search.advice import Advice, Adviser, Standing
from search.difficulty import Estimator
from search.errors import ReplayMismatch
from search.events import Noted, Trace
from search.registry import AnyStrategy
from search.strategies.base import Strategy

_PROBE: TypeAdapter[tuple[Estimator, int, int | None]] = TypeAdapter(
    tuple[Estimator, int, int | None]
)
_STRATEGY: TypeAdapter[AnyStrategy] = TypeAdapter(AnyStrategy)
Told: TypeAlias = Mapping[str, JsonValue]
"""What was said of an advice."""


class ReplayAdviser(Adviser):
    """The policy of a trace: says again what it said, in the same order."""

    scorer = None

    def __init__(
        self, estimator: Estimator, samples: int, pauses: int | None, told: Sequence[Told]
    ) -> None:
        self._estimator, self._samples, self._pauses = estimator, samples, pauses
        # Where the policy has no say in them, nothing it says sets any.
        self._advice = [
            Advice(_meant(one), one, None if pauses is None else _pauses(one)) for one in told
        ]
        self._asked = 0

    @classmethod
    def of(cls, trace: Trace) -> "ReplayAdviser | None":
        """Return it; `None` where no policy was asked."""
        notes = [event for event in trace if isinstance(event, Noted)]
        probe = next((note.data for note in notes if note.label == "probe"), None)
        if probe is None:
            return None
        told = [note.data for note in notes if note.label == "advice"]
        read = (probe["estimator"], probe["samples"], probe.get("pauses"))
        return cls(*_PROBE.validate_python(read), told)

    @property
    @override
    def estimator(self) -> Estimator:
        return self._estimator

    @property
    @override
    def samples(self) -> int:
        return self._samples

    @property
    @override
    def strategies(self) -> tuple[Strategy, ...]:
        return tuple(one.strategy for one in self._advice if one.strategy)

    @property
    @override
    def re_decides(self) -> bool:
        # What was told to search was to do that to its end.
        return all(one.told["action"] != "search" for one in self._advice)

    @property
    @override
    def pauses(self) -> int | None:
        return self._pauses

    @override
    def among(self, able: Callable[[Strategy], bool], own: int | None, *, pausing: bool) -> Adviser:
        return self

    @override
    def ease_of(self, text: str) -> float:
        return float(str(self._next().told["ease"]))

    @override
    def advise(self, standing: Standing) -> Advice:
        """Return what was said; raise `ReplayMismatch` if it was said of something else."""
        advice = self._next()
        if advice.told["ease"] != standing.ease:
            raise ReplayMismatch(f"the policy was not asked about an ease of {standing.ease}")
        self._asked += 1
        return advice

    def _next(self) -> Advice:
        if self._asked == len(self._advice):
            raise ReplayMismatch("the policy was not asked any more")
        return self._advice[self._asked]


def _meant(told: Told) -> Strategy | None:
    """Return what was to be run: to stop, an advice may name what was drawn already."""
    if told["action"] == "stop":
        return None
    return _STRATEGY.validate_python(told["strategy"])


def _pauses(told: Told) -> int | None:
    pauses = told.get("pauses")
    return None if pauses is None else int(str(pauses))
