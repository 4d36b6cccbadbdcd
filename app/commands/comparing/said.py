"""What `fathom compare --prompts` says of what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from engines.usage import Usage
from evaluation.pairwise.protocol import PROMPT_VERSION
from evaluation.pairwise.tally import Tally

_TALLY = TypeAdapter(Tally)
_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """Who was compared, by whom, and what came of it; `own` are those the judge itself answers as.

    `file` is where the records are.
    """

    first: str
    second: str
    judge: str
    own: tuple[str, ...]
    seed: int
    tally: Tally
    file: Path

    def plain(self) -> dict[str, JsonValue]:
        """Return everything there is to say, as JSON has it."""
        told: dict[str, JsonValue] = _TALLY.dump_python(self.tally, mode="json")
        return {
            "first": self.first,
            "second": self.second,
            "judge": self.judge,
            "judges_itself": bool(self.own),
            "prompt_version": PROMPT_VERSION,
            "seed": self.seed,
            "judged": self.tally.judged,
            **told,
            "file": str(self.file),
        }

    def lines(self) -> Iterator[str]:
        """Give the counts, the rate, what it cost, and where the records are."""
        t = self.tally
        yield f"{self.first} against {self.second}, judged by {self.judge}"
        yield f"{t.judged} prompts judged: {t.wins} won, {t.ties} tied, {t.losses} lost"
        yield self._rate()
        yield f"ties       {t.split} of {t.ties} by the order shown: each was scored higher once"
        yield f"unreadable {t.unreadable}: the judge gave no two scores; in no other count"
        yield f"failed     {t.failed}{'; run again to retry' if t.failed else ''}"
        most = sorted(t.errors.items(), key=lambda item: -item[1])[:_REASONS_SHOWN]
        yield from (f"           {n} times: {why}" for why, n in most)
        if t.left_out:
            yield f"left out   {t.left_out}: no answer in a file"
        yield f"tokens     {_tokens(t.a)} by the first, {_tokens(t.b)} by the second"
        yield f"judging    {_tokens(t.judge)} tokens in {t.judge.calls} calls"
        if self.own:
            yield f"note       the judge rates answers of its own: {', '.join(self.own)}"
        yield f"records    {self.file}"

    def _rate(self) -> str:
        rate = self.tally.win_rate
        if rate is None:
            return "win rate   none: there is no verdict"
        low, high = f"{rate.low:.3f}", f"{rate.high:.3f}"
        return f"win rate   {rate.value:.3f} [{low}, {high}], from 0 to 2; 1 is neither better"


def _tokens(usage: Usage) -> int:
    return usage.completion_tokens
