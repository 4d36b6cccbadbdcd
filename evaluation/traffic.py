"""A policy that learns from its traffic, if what it learns holds on traffic it has not seen.

Answers with verdicts refine the accuracy and the tokens of what was really served in a bin, and how
sure an answer of such a score is where several rounds were decided on. A table
refined by one half of the conversations must predict the verdicts on the other half better than the
old table, both ways round, or the old one is kept: feedback can be wrong, on purpose too.

A conversation that was asked again counts once, however often, and is in one half.
Needs the `evaluate` extra.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evaluation.calibration import folds_of
from evaluation.drift import Drift, drift
from evaluation.knots import nearest, refined_knots
from evaluation.posterior import Seen
from evaluation.refining import options_of, place_of, refined, refined_row
from evaluation.statistics import Difference, paired
from search.policy import FittedOn, Knot, Option, Policy
from search.registry import AnyStrategy

_Place: TypeAlias = tuple[int, int]
"""A bin, and the place of what was measured there; or `_KNOTS`, and the place of a knot."""
_KNOTS = 0
"""No bin: bins begin at 1."""
_Tally: TypeAlias = Mapping[int, Mapping[int, Seen]]
"""What was seen, by bin and place."""

FEWEST = 40
"""Conversations with verdicts, at least: twenty to learn from and twenty to try it on."""


class CannotRefine(ValueError):
    """There is too little to learn from; says how much there is."""


@dataclass(frozen=True, slots=True)
class Served:
    """One request that the policy chose for.

    Attributes:
        conversation: the hash of what was asked.
        ease: as it was measured; `None` if it could not be.
        bin: that the request was put into; it counts where the ease is not known.
        strategy: that was followed to its end; `None` if none was, or it is not known here.
        tokens: that the strategy took, without the probe where that was of no use to it; `None`
            if they are not known apart.
        right: what was said of the answer; `None` if nothing was.
        held: its score, if it was the best of several rounds or of the probe; else `None`.
    """

    conversation: str
    ease: float | None
    bin: int | None
    strategy: AnyStrategy | None
    tokens: float | None
    right: bool | None
    held: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One strategy in one bin, before and after what was seen of it."""

    bin: int
    before: Option
    after: Option
    seen: Seen


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of it.

    Attributes:
        policy: the refined one, of all that was seen.
        better: whether it is to take the old one's place.
        halves: by how much the Brier score of the old table is above that of one refined by the
            other half, on each half.
        cells: what was refined.
        held: verdicts that refined how sure an answer is, by its score.
        conversations: with verdicts that something was learnt from.
        left_out: requests that nothing was learnt from, by why.
        drift: of all requests whose ease is known.
    """

    policy: Policy
    better: bool
    halves: tuple[Difference, Difference]
    cells: tuple[Cell, ...]
    held: float
    conversations: int
    left_out: Mapping[str, int]
    drift: Drift | None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A verdict on a strategy of the table: its bin, its place there, and its part of a count."""

    conversation: str
    place: _Place
    weight: float
    tokens: float | None
    right: bool


def learn(policy: Policy, served: Sequence[Served], origin: FittedOn) -> Learnt:
    """Refine a policy by its traffic; the seed is `origin`'s, which is the refined policy's.

    Raises:
        CannotRefine: there are too few verdicts, or they do not say what the policy sets.
        CannotFit: what was seen is too dear for every budget of a bin.
    """
    if policy.pauses:
        raise CannotRefine(
            "the policy sets pauses, and what was remembered does not say how many there were: "
            "fit it anew"
        )
    verdicts, left_out = _verdicts(policy, served)
    conversations = {verdict.conversation for verdict in verdicts}
    if len(conversations) < FEWEST:
        raise CannotRefine(
            f"{len(conversations)} conversations with verdicts on what the policy chose are too "
            f"few to learn from; {FEWEST} are the least"
        )
    first, second = folds_of(sorted(conversations), 2, origin.seed)
    halves = (
        _tried(policy, verdicts, first, origin.seed),
        _tried(policy, verdicts, second, origin.seed),
    )
    return Learnt(
        policy=_refined(policy, _tally(verdicts), origin),
        better=all(half.low > 0 for half in halves),
        halves=halves,
        cells=_cells(policy, _tally(verdicts)),
        held=sum(one.weight for one in verdicts if one.place[0] == _KNOTS),
        conversations=len(conversations),
        left_out=left_out,
        drift=drift(_bins(policy, served), len(policy.bins)),
    )


def _verdicts(policy: Policy, served: Sequence[Served]) -> tuple[list[_Verdict], Mapping[str, int]]:
    """Return the verdicts on what the table has, and how many requests are without, by why."""
    options = {number: options_of(row) for number, row in policy.bins.items()}
    left_out: Counter[str] = Counter()
    found: list[tuple[Served, _Place, bool]] = []
    for one in served:
        place = _place(policy, options, one)
        if one.right is None:
            left_out["without a verdict"] += 1
        elif place is None:
            left_out["by no strategy, or in no bin, of the table"] += 1
        else:
            found.append((one, place, one.right))
    asked = Counter(one.conversation for one, _, _ in found)
    verdicts = [
        _Verdict(one.conversation, place, 1 / asked[one.conversation], one.tokens, right)
        for one, place, right in found
    ]
    return verdicts, left_out


def _place(policy: Policy, options: Mapping[int, Sequence[Option]], one: Served) -> _Place | None:
    if one.held is not None:
        known = policy.estimator == "score" and bool(policy.confidence)
        return (_KNOTS, nearest(policy.confidence, one.held)) if known else None
    # By this policy's edges: it may have been another one's when the request was served.
    number = one.bin if one.ease is None else policy.bin_of(one.ease)
    if number is None or number not in options or one.strategy is None:
        return None
    place = place_of(one.strategy, options[number])
    return None if place is None else (number, place)


def _bins(policy: Policy, served: Sequence[Served]) -> list[int]:
    """Return the bin of each conversation whose ease is known, by the first time it was asked."""
    first: dict[str, int] = {}
    for one in served:
        if one.ease is not None:
            first.setdefault(one.conversation, policy.bin_of(one.ease))
    return list(first.values())


def _tally(verdicts: Iterable[_Verdict]) -> _Tally:
    """Return what was seen, by bin and place."""
    seen: defaultdict[int, dict[int, Seen]] = defaultdict(dict)
    for one in verdicts:
        number, place = one.place
        before = seen[number].get(place, Seen())
        seen[number][place] = before.plus(one.weight, right=one.right, tokens=one.tokens)
    return seen


def _tried(
    policy: Policy, verdicts: Sequence[_Verdict], held_out: Collection[str], seed: int
) -> Difference:
    """Return how much better one half is predicted by a table that the other half refined."""
    learnt = _tally(one for one in verdicts if one.conversation not in held_out)
    old, new = _chances(policy, {}), _chances(policy, learnt)
    gained: defaultdict[str, float] = defaultdict(float)
    for one in verdicts:
        if one.conversation in held_out:
            before, after = (at[one.place] - one.right for at in (old, new))
            gained[one.conversation] += one.weight * (before**2 - after**2)
    return paired(list(gained.values()), seed)


def _expected(policy: Policy, seen: _Tally) -> dict[_Place, Option]:
    """Return all of a table with what was seen, by bin and place."""
    return {
        (number, place): option
        for number, row in policy.bins.items()
        for place, option in enumerate(
            refined(options_of(row), seen.get(number, {}), _questions(policy))
        )
    }


def _chances(policy: Policy, seen: _Tally) -> dict[_Place, float]:
    """Return P(right) of all that verdicts can be on, with what was seen."""
    chances = {place: option.accuracy.value for place, option in _expected(policy, seen).items()}
    knots = enumerate(_confidence(policy, seen))
    return chances | {(_KNOTS, place): knot.accuracy for place, knot in knots}


def _confidence(policy: Policy, seen: _Tally) -> tuple[Knot, ...]:
    return refined_knots(policy.confidence, seen.get(_KNOTS, {}), policy.fitted_on.questions)


def _cells(policy: Policy, seen: _Tally) -> tuple[Cell, ...]:
    old, new = _expected(policy, {}), _expected(policy, seen)
    return tuple(
        Cell(number, old[number, place], new[number, place], seen[number][place])
        for number in sorted(seen.keys() - {_KNOTS})
        for place in sorted(seen[number])
    )


def _refined(policy: Policy, seen: _Tally, origin: FittedOn) -> Policy:
    bins = {
        number: refined_row(row, seen.get(number, {}), _questions(policy))
        for number, row in policy.bins.items()
    }
    sure = _confidence(policy, seen)
    return policy.model_copy(update={"bins": bins, "fitted_on": origin, "confidence": sure})


def _questions(policy: Policy) -> float:
    """Return the questions of a bin, which the table does not count."""
    return policy.fitted_on.questions / len(policy.bins)
