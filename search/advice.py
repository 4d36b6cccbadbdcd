"""What a policy says to a search: what to look at first, and what to do then.

Knows no table: `search.policy` reads one, and a replay says again what was said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from search.difficulty import Estimator

if TYPE_CHECKING:
    # Strategies are told of advice: at run time it cannot know them.
    from search.strategies.base import Strategy


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a search stands when it asks for advice.

    Attributes:
        ease: how easy the question is; `None` if that could not be measured.
        left: tokens that can still be spent; infinite without a limit.
        lent: tokens of the solutions drawn already, which strategies that draw whole ones can use.
        drawn: how many these are.
        held: how sure the answer at hand is, in terms of the policy's `confidence`; `None` where
            the advice is to be followed to its end, and not asked for again.
        least: accuracy that going on must be expected to bring.
        tried: step searches that the answer at hand is the best of, among others.
    """

    ease: float | None
    left: float
    lent: float = 0.0
    drawn: int = 0
    held: float | None = None
    least: float = 0.0
    tried: "tuple[Strategy, ...]" = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, `None` to stop with the answer at hand; and all that is told of it, as JSON.

    `pauses` are put behind the prompt of all it draws; `None` leaves that as it is.
    """

    strategy: "Strategy | None"
    told: Mapping[str, JsonValue]
    pauses: int | None = None


class Adviser(Protocol):
    """Knows what earned most where it was measured."""

    @property
    def estimator(self) -> Estimator:
        """What it knows difficulty by."""
        ...

    @property
    def samples(self) -> int:
        """How many are drawn to measure that."""
        ...

    @property
    def re_decides(self) -> bool:
        """Whether it can say how sure an answer at hand is."""
        ...

    @property
    def scorer(self) -> str | None:
        """By whose scores it was fitted, if it goes by scores, and that is known."""
        ...

    @property
    def strategies(self) -> "tuple[Strategy, ...]":
        """All it may advise."""
        ...

    @property
    def pauses(self) -> int | None:
        """How many are behind the prompt where difficulty is measured; `None` leaves that be."""
        ...

    def among(
        self, able: "Callable[[Strategy], bool]", own: int | None, *, pausing: bool
    ) -> "Adviser":
        """Return one that advises only what is able to run.

        Args:
            able: says that of a strategy.
            own: the pauses that the request itself asks for, and nothing else gives it others.
            pausing: whether the model can be given any.
        """
        ...

    def ease_of(self, text: str) -> float:
        """Return how easy a question looks by its words alone, if the estimator is `prompt`."""
        ...

    def advise(self, standing: Standing) -> Advice:
        """Say what to do."""
        ...
