"""What pauses are worth: one plain sample behind each number of them, bin by bin.

Source: arXiv:2310.02226, section 4: the best number varies from task to task. Here it is looked for
by difficulty. They take no tokens of the answer; of FLOPs each takes one position of the prompt.
Needs the `evaluate` extra.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.outcomes import Outcomes
from evaluation.policy_words import percent, points
from evaluation.resampling import Resampled
from search.policy import Interval, Policy
from search.policy.choice import PLAIN, gains


@dataclass(frozen=True, slots=True)
class Paused:
    """One plain sample behind so many pauses.

    Attributes:
        pauses: M.
        accuracy: P(right), the mean over the questions.
        gain: what it is more accurate by, on the same questions, than what is held of fewer; `None`
            for the fewest.
        tokens: drawn for a question.
        flops: of a question, prompt and pauses among them; `None` if the size of the model is not
            known.
    """

    pauses: int
    accuracy: Interval
    gain: Interval | None
    tokens: float
    flops: float | None


@dataclass(frozen=True, slots=True)
class Pausing:
    """What pauses are worth on the questions of one bin; of all questions if it is `None`.

    `chosen` is the number that gains beyond noise over what is held of fewer, the last of such; the
    fewest where none does.
    """

    bin: int | None
    questions: int
    chosen: int
    measured: tuple[Paused, ...]


def pausing(outcomes: Outcomes, policy: Policy, seed: int) -> tuple[Pausing, ...]:
    """Return it for each bin, and for all questions; nothing where pauses were not measured."""
    if not outcomes.pauses:
        return ()
    numbers = np.array([policy.bin_of(ease) for ease in outcomes.ease.tolist()])
    found = [
        _pausing(outcomes, number, np.flatnonzero(numbers == number).tolist(), seed)
        for number in sorted(policy.bins)
    ]
    return (*found, _pausing(outcomes, None, list(range(len(numbers))), seed))


def _pausing(outcomes: Outcomes, number: int | None, places: Sequence[int], seed: int) -> Pausing:
    drawn, measured = Resampled(len(places), seed), list[Paused]()
    flops = None if outcomes.plain_flops is None else outcomes.plain_flops[places].mean(axis=0)
    plain = [s for s, strategy in enumerate(outcomes.strategies) if strategy == PLAIN]
    held = plain[0]
    for place, s in enumerate(plain):
        right = outcomes.accuracy[places, s]
        gain = None if s == held else drawn.mean(right - outcomes.accuracy[places, held])
        measured.append(
            Paused(
                outcomes.paused[s],
                drawn.mean(right),
                gain,
                float(outcomes.tokens[places, s].mean()),
                None if flops is None else float(flops[place]),
            )
        )
        held = s if gain is not None and gains(gain) else held
    return Pausing(number, len(places), outcomes.paused[held], tuple(measured))


def said(found: Sequence[Pausing]) -> str:
    """Say in a sentence which numbers are chosen."""
    *bins, every = found
    chosen = ", ".join(f"{one.chosen} in bin {one.bin}" for one in bins)
    return (
        f"Chosen are {chosen}; of all questions together it is {every.chosen}. More pauses are "
        "only taken where they gain more than noise: they take no tokens, but FLOPs."
    )


def rows(found: Sequence[Pausing]) -> list[list[str]]:
    """Return the table of it: bin, pauses, accuracy, gain, tokens, FLOPs, and what is chosen."""
    return [
        [
            "all" if one.bin is None else str(one.bin),
            str(each.pauses),
            percent(each.accuracy),
            "" if each.gain is None else points(each.gain),
            f"{each.tokens:,.1f}",
            "unknown" if each.flops is None else f"{each.flops:.3g}",
            "chosen" if each.pauses == one.chosen else "",
        ]
        for one in found
        for each in one.measured
    ]
