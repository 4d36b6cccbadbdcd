"""What `fathom calibrate` says of what came of it: lines for people, an object for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue, TypeAdapter

from app.commands.calibrating.asked import Asked
from evaluation.calibrate.measured import Measured
from search.policy import Interval, Policy
from search.strategies import Strategy

if TYPE_CHECKING:
    from evaluation.calibrate.fitting import Found
    from evaluation.compute import Point
    from evaluation.policy_fit import Fitted
    from evaluation.policy_pauses import Pausing

_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A policy that was fitted, what it was fitted to, and where both are."""

    asked: Asked
    folder: Path | None
    found: "Found"
    measured: Measured
    command: str

    @property
    def fitted(self) -> "Fitted":
        """The policy, and what it is worth."""
        return self.found.fitted

    def plain(self) -> dict[str, JsonValue]:
        """Return everything there is to say, as JSON has it."""
        fitted, measured = self.fitted, self.measured
        return {
            "policy": str(self.asked.out),
            "report": None if self.asked.report is None else str(self.asked.report),
            "run": str(self.folder),
            "command": self.command,
            "model": fitted.policy.model,
            "estimator": fitted.policy.estimator,
            "edges": list(fitted.policy.edges),
            "questions": len(measured.pools),
            "left_out": dict(measured.left_out),
            "degradations": dict(measured.degradations),
            "strategies": [one.model_dump(mode="json") for one in measured.strategies],
            "live": measured.live,
            "table": [dict(row) for row in self._table()],
            "pauses": TypeAdapter(list).dump_python([*self._pausing()], mode="json"),
            "curve": _points(fitted.curve),
            "baseline": _points(fitted.baseline),
            "oracle": _points(fitted.oracle or ()),
            "ratio": None if fitted.ratio is None else fitted.ratio.model_dump(),
            "said": self._ratio(),
        }

    def lines(self) -> Iterator[str]:
        """Give the table, what it is worth, and where everything is."""
        policy = self.fitted.policy
        yield f"{'bin':>3} {'ease':11} {'tokens':>7}  {'right':22} by"
        for row in self._table():
            yield (
                f"{row['bin']:>3} {_range(policy, int(str(row['bin']))):11} {row['budget']:>7}  "
                f"{row['right']:22} {row['strategy']}"
            )
        yield from self._paused()
        n, bins = len(self.measured.pools), len(policy.bins)
        yield f"questions {n}, by {policy.estimator} in {bins} bins"
        if self.found.learned is not None:
            rank = self.found.learned.rank_correlation
            told = f"{rank.value:.2f} [{rank.low:.2f}, {rank.high:.2f}]"
            yield f"prompts   tell pass@1 with a rank correlation of {told}"
        yield from _reasons("left out ", Counter(self.measured.left_out.values()), "questions")
        yield from _reasons("degraded ", self.measured.degradations, "times")
        yield f"policy    {_curve(self.fitted.curve)}"
        yield f"{self.asked.compared[-1].kind:9} {_curve(self.fitted.baseline)}"
        yield self._ratio()
        yield f"file      {self.asked.out}"
        yield from [f"report    {self.asked.report}"] if self.asked.report else []
        yield f"records   {self.folder}"
        yield f"command   {self.command}"

    def _table(self) -> Iterator[Mapping[str, JsonValue]]:
        """Give what is chosen in each bin for each budget."""
        policy = self.fitted.policy
        budgets = sorted({e.budget for row in policy.bins.values() for e in row.entries})
        for number in policy.bins:
            for budget in budgets:
                choice = policy.choose(number, budget)
                paused = {"pauses": choice.pauses} if policy.pauses else {}
                yield {
                    "bin": number,
                    "budget": budget,
                    "accuracy": choice.accuracy.model_dump(),
                    "right": _percent(choice.accuracy),
                    "tokens": choice.tokens,
                    "strategy": _named(choice.strategy) + _behind(choice.pauses),
                    **paused,
                }

    def _pausing(self) -> "Sequence[Pausing]":
        from evaluation.policy_pauses import pausing  # noqa: PLC0415 - in an extra

        return pausing(self.found.outcomes, self.fitted.policy, self.found.about.seed)

    def _paused(self) -> Iterator[str]:
        """Give the table of pauses, bin by bin, if they were measured."""
        from evaluation.policy_pauses import rows  # noqa: PLC0415 - in an extra

        found = rows(self._pausing())
        if found:
            heads = f"{'right':22} {'tokens':>8} {'FLOPs':>9}  gain over fewer"
            yield f"bin pauses  {heads}"
        for number, m, right, gain, tokens, flops, chosen in found:
            mark = f"{gain}  {chosen}".strip()
            yield f"{number:>3} {m:>6}  {right:22} {tokens:>8} {flops:>9}  {mark}".rstrip()

    def _ratio(self) -> str:
        """Say how much less compute the policy takes, or that it never comes so far."""
        last = f"{self.asked.compared[-1].kind} of {self.asked.compared[-1].solutions}"
        aim, ratio = self.fitted.baseline[-1].accuracy, self.fitted.ratio
        if ratio is None:
            best = max(point.accuracy.value for point in self.fitted.curve)
            return (
                f"auto does not reach the accuracy of {last}, {100 * aim.value:.1f} %: at most "
                f"{100 * best:.1f} %, on questions it was not fitted to"
            )
        return (
            f"auto reaches the accuracy of {last}, {100 * aim.value:.1f} %, with "
            f"{ratio.value:.2f} x less compute [{ratio.low:.2f}, {ratio.high:.2f}], its probe "
            "included, on questions it was not fitted to"
        )


def _points(points: "Sequence[Point]") -> list[JsonValue]:
    return [{"tokens": one.tokens, "accuracy": one.accuracy.model_dump()} for one in points]


def _curve(points: "Sequence[Point]") -> str:
    return ", ".join(f"{one.tokens:.0f}: {100 * one.accuracy.value:.1f} %" for one in points)


def _named(strategy: Strategy) -> str:
    told = strategy.model_dump(mode="json", exclude_unset=True, exclude={"kind"})
    return " ".join([strategy.kind, *(f"{name}={value}" for name, value in told.items())])


def _behind(pauses: int) -> str:
    return f" behind {pauses} pauses" if pauses else ""


def _percent(accuracy: Interval) -> str:
    value, low, high = (100 * n for n in (accuracy.value, accuracy.low, accuracy.high))
    return f"{value:.1f} % [{low:.1f}, {high:.1f}]"


def _range(policy: Policy, number: int) -> str:
    """Return the eases of a bin: bin 1 is the easiest."""
    ends = [0.0, *policy.edges, 1.0][::-1]
    return f"{ends[number]:.2f} - {ends[number - 1]:.2f}"


def _reasons(head: str, counts: Mapping[str, int], what: str) -> Iterator[str]:
    """Give a line for each of the commonest reasons, and one for the others together."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    for why, times in ordered[:_REASONS_SHOWN]:
        yield f"{head} {times} {what}: {why}"
    if len(ordered) > _REASONS_SHOWN:
        yield f"{head} for {len(ordered) - _REASONS_SHOWN} more reasons; --json lists them"
