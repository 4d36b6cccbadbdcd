"""What searches returned, as conversations to fine-tune on.

The format is TRL's conversational one for language modelling. The model learns to say at once what
took a search to find.
"""

from dataclasses import dataclass

from scorers.answers import Grader, final_answer
from training.export.judged import right_of
from training.export.rows import Row, Rows, key_of, messages_of
from training.traces import StoredSearch


@dataclass(frozen=True, slots=True)
class SftExporter:
    """Makes a conversation of every search whose answer is whole, and not known to be wrong.

    With a `min_score`, only of those a scorer gave as much.
    """

    grader: Grader
    min_score: float | None = None

    async def export(self, search: StoredSearch, truth: str | None, rows: Rows) -> None:
        """Add the conversation of one search; see `Exporter.export`."""
        reason = self._unfit(search) or await self._wrong(search, truth)
        if reason:
            rows.leave_out(reason)
            return
        messages = messages_of(search.conversation, search.returned.text)
        rows.add(Row(key_of(messages), {"messages": messages}))

    def _unfit(self, search: StoredSearch) -> str | None:
        """Say why an answer is not to be learnt from, as far as its score goes."""
        returned = search.returned
        if not returned.whole:
            return "did not come to its end"
        if returned.abstained:
            return "the scorer abstained"
        if self.min_score is None:
            return None
        if returned.score is None:
            return "was not scored"
        return "scored too low" if returned.score < self.min_score else None

    async def _wrong(self, search: StoredSearch, truth: str | None) -> str | None:
        found = final_answer(search.returned.text, search.pattern)
        [right] = await right_of([found.text if found else None], truth, self.grader)
        return "is not the right answer" if right is False else None
