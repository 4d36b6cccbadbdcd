"""What the verdicts on many prompts come to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engines.usage import Usage
from evaluation.pairwise.protocol import Verdict
from evaluation.pairwise.records import Failed, Judged, Record
from evaluation.statistics import Estimate, mean

_WORTH: dict[Verdict, float] = {"win": 2.0, "tie": 1.0, "lose": 0.0}
"""The terms of (W - L) / All + 1, prompt by prompt."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How A does against B.

    Attributes:
        wins: prompts on which A's answer is the better one.
        ties: those on which neither is.
        losses: those on which B's is.
        split: ties in which each was scored higher once, by the order shown.
        unreadable: prompts left out of the rate, as a reply of the judge had no two scores.
        failed: prompts left out, as an answer or a rating could not be had.
        left_out: prompts left out, as a file has no answer to them.
        win_rate: (W - L) / All + 1 in [0, 2], 1 if both are alike (arXiv:2402.10110, section 4),
            with its 95 % interval over the choice of prompts; `None` without a verdict.
        a: what A's answers cost.
        b: what B's cost.
        judge: what rating them cost.
        errors: why prompts failed, and how many.
    """

    wins: int
    ties: int
    losses: int
    split: int
    unreadable: int
    failed: int
    left_out: int
    win_rate: Estimate | None
    a: Usage
    b: Usage
    judge: Usage
    errors: dict[str, int]

    @property
    def judged(self) -> int:
        """Prompts with a verdict: All."""
        return self.wins + self.ties + self.losses


def win_rate(verdicts: Sequence[Verdict], seed: int = 0) -> Estimate:
    """Return (W - L) / All + 1 of (N,) verdicts, N > 0, and its 95 % interval.

    The interval is the percentile bootstrap's over prompts; see `training.measures.bootstrap`.
    """
    return mean([_WORTH[verdict] for verdict in verdicts], seed)


def tally(records: Sequence[Record], *, left_out: int = 0, seed: int = 0) -> Tally:
    """Count verdicts; the seed draws the prompts for the interval."""
    judged = [record for record in records if isinstance(record, Judged)]
    failed = [record for record in records if isinstance(record, Failed)]
    verdicts = [record.verdict for record in judged if record.verdict is not None]
    count = Counter(verdicts)
    return Tally(
        count["win"],
        count["tie"],
        count["lose"],
        sum(record.split for record in judged),
        len(judged) - len(verdicts),
        len(failed),
        left_out,
        win_rate(verdicts, seed) if verdicts else None,
        sum((record.a.usage for record in judged), start=Usage()),
        sum((record.b.usage for record in judged), start=Usage()),
        sum((record.ab.usage + record.ba.usage for record in judged), start=Usage()),
        dict(Counter(record.error for record in failed)),
    )
