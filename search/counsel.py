"""Asking the policy, with what is left of the budget."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scorers.base import Candidate
from search.advice import Advice, Adviser, Standing
from search.budget import Ledger
from search.events import Noted
from search.models import Models
from search.recorder import Recorder

if TYPE_CHECKING:
    # Strategies are made of what this serves.
    from search.strategies.base import Strategy


class Counsel:
    """The policy of one search; what it said is `given`, and in the trace."""

    def __init__(self, models: Models, ledger: Ledger, record: Recorder) -> None:
        self._adviser, self._able = models.adviser, models.engine.capabilities
        self._ledger, self._record = ledger, record
        self.given: list[Advice] = []

    @property
    def adviser(self) -> Adviser:
        """Whom to ask."""
        assert self._adviser, "strategies that are advised are refused without a policy"
        return self._adviser

    def ask(
        self,
        ease: float | None,
        drawn: Sequence[Candidate],
        held: float | None,
        least: float,
        tried: "tuple[Strategy, ...]",
    ) -> Advice:
        """Ask what to do; see `Search.advise`."""
        left = self._ledger.affordable(self._able)
        lent = float(sum(candidate.tokens for candidate in drawn))
        advice = self.adviser.advise(Standing(ease, left, lent, len(drawn), held, least, tried))
        self.given.append(advice)
        self._record.say(Noted("advice", dict(advice.told)))
        return advice
