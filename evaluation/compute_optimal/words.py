"""What was found, in lines for people. Pure text of numbers."""

from collections.abc import Iterator

from evaluation.compute_optimal.checks import Cell, Fall
from evaluation.compute_optimal.curves import Spent
from evaluation.compute_optimal.found import CHANCE, Findings, Part
from evaluation.policy_words import percent, points


def lines(found: Findings) -> Iterator[str]:
    """Give ratios, curves, bins, revisions and checks."""
    target = found.target
    yield f"{target.name}: {percent(target.accuracy)} for {target.tokens:,.0f} tokens a problem"
    for name, ratio in found.ratios.items():
        told = "not reached" if ratio is None else (
            f"{ratio.value:.2f} x less compute [{ratio.low:.2f}, {ratio.high:.2f}]")  # fmt: skip
        yield f"{name:41} {told}"
    for name, line in found.curves.items():
        yield f"{name:41} {_line(line)}"
    for part in found.parts:
        yield from _part(part)
    for one in found.revisions:
        shape = f"{one.chains} chains of {one.length}"
        yield f"revisions, {shape:16} {percent(one.accuracy)}, {points(one.gain)} to parallel"
    yield from _losses(found)
    yield from (_fall(fall) for fall in found.over_optimised if fall.falls)


def _part(part: Part) -> Iterator[str]:
    where = _where(part.difficulty, part.bin)
    yield f"{where}: {part.problems} problems, {100 * part.pass_at_1:.0f} % of samples right"
    for mode, line in part.auto.items():
        yield f"  auto, {mode:11} {_line(line)}"
    yield f"  takes at most    {', '.join(f'{n} x {name}' for name, n in part.taken.items())}"


def _losses(found: Findings) -> Iterator[str]:
    lost, compared = found.lost, len(found.cells)
    yield f"never loses: {'yes' if found.never_loses else 'no'}, in its default mode"
    yield (
        f"worse in {len(lost)} of {compared} comparisons of all modes, of which chance alone would "
        f"make {compared / CHANCE:.0f}"
    )
    yield from (_loss(cell) for cell in lost)


def _loss(cell: Cell) -> str:
    where = _where(cell.difficulty, cell.bin)
    return (
        f"  auto, {cell.mode}, {where}, {cell.size} samples: {points(cell.difference)} to "
        f"{cell.against}"
    )


def _fall(fall: Fall) -> str:
    where = _where(fall.difficulty, fall.bin)
    return (
        f"over-optimised: {where}: {fall.family}, from {fall.best_n} to {fall.largest_n}: "
        f"{points(fall.change)}; the policy takes more than {fall.best_n} for "
        f"{100 * fall.chosen:.0f} % of them"
    )


def _where(difficulty: str, number: int | None) -> str:
    return "all problems" if number is None else f"{difficulty} bin {number}"


def _line(line: tuple[Spent, ...]) -> str:
    return ", ".join(f"{one.tokens:.0f}: {100 * one.accuracy.value:.1f} %" for one in line)
