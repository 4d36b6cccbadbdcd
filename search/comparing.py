"""Having pairs of candidates compared."""

from collections.abc import Sequence

from scorers.base import Abstention
from scorers.preference import Comparer, Pair, Preference
from search.budget import Hold, Ledger
from search.errors import BudgetExhausted
from search.events import Compared, Unaffordable
from search.judging import bare
from search.recorder import Recorder


class Referee:
    """Asks the judge of pairs of one search, and keeps its bill."""

    def __init__(self, comparer: Comparer | None, ledger: Ledger, record: Recorder) -> None:
        self._comparer = comparer
        self._ledger, self._record = ledger, record

    async def compare(self, pairs: Sequence[Pair]) -> list[Preference]:
        """Compare within each of (N,) pairs, all together.

        Raises:
            BudgetExhausted: comparing them could cost more than is left.
        """
        assert self._comparer, "strategies that compare are refused where nobody can"
        asked = tuple((bare(first), bare(second)) for first, second in pairs)
        hold = self._hold(self._comparer, asked)
        comparison = await self._comparer.compare(asked)
        self._ledger.settle(hold, comparison.usage, "verifier")
        call, name = self._record.next_call(), self._comparer.name
        self._record.say(Compared(call, name, asked, comparison))
        silent = [p.reason for p in comparison.preferences if isinstance(p, Abstention)]
        if silent:
            self._record.degrade(
                f"{name} abstained on {len(silent)} of {len(asked)} pairs: {silent[0]}"
            )
        return list(comparison.preferences)

    def _hold(self, comparer: Comparer, asked: tuple[Pair, ...]) -> Hold:
        try:
            return self._ledger.hold(comparer.bound(asked))
        except BudgetExhausted as error:
            both = tuple(candidate for pair in asked for candidate in pair)
            self._record.say(Unaffordable(comparer.name, both, error.currency))
            raise
