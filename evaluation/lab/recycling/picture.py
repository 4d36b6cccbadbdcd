"""What recycling was worth, as a picture. Needs the `evaluate` extra."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes

from evaluation.lab.pictures import new_figure, save
from evaluation.lab.recycling.outcome import WIDTH, Recycled

_NAMES = {
    "base": "base student",
    "raw": "raw",
    "raw_by_tokens": "raw, as many tokens as selected",
    "instruction": "instructions reflected on",
    "response": "responses reflected on",
    "unselected": "both, no selection",
    "random": "versions by chance",
    "selected": "selected",
    "clean": "raw problems, exact answers",
    "clean_harder": "exactly harder, exact answers",
    "ifd_top": "selected, 10 % of highest IFD",
    "ifd_random": "selected, 10 % by chance",
}
_HISTOGRAMS = {"original": "#7f7f7f", "selected": "#1f4e79"}
_MARKED = "selected"


def draw_recycled(found: Recycled, path: Path) -> None:
    """Write a PNG: shares solved by what was learnt from, and scores before and after.

    Raises:
        OSError: it cannot be written.
    """
    figure = new_figure(12, 5)
    shares, before, behind = figure.subplots(1, 3, width_ratios=[2.2, 1, 1])
    _draw_shares(shares, found)
    ifd = {name: found.versions[name].ifd_bins for name in _HISTOGRAMS if name in found.versions}
    r_ifd = {name: found.versions[name].r_ifd_bins for name in ifd}
    _draw_bins(before, ifd, "IFD")
    _draw_bins(behind, r_ifd, "r-IFD")
    before.legend(fontsize=8)
    save(figure, path)


def _draw_shares(axes: Axes, found: Recycled) -> None:
    names = [name for name in _NAMES if name in found.arms][::-1]
    solved = [found.arms[name].solved for name in names]
    colours = ["#1f4e79" if name == _MARKED else "#9db7d0" for name in names]
    axes.barh(range(len(names)), [one.value for one in solved], color=colours)
    whiskers = [[one.value - one.low for one in solved], [one.high - one.value for one in solved]]
    axes.errorbar(
        [one.value for one in solved], range(len(names)), xerr=whiskers, fmt="none",
        ecolor="#404040", elinewidth=1,
    )  # fmt: skip
    axes.set_yticks(range(len(names)), [_NAMES[name] for name in names], fontsize=8)
    axes.set_xlabel("share of problems solved")
    axes.set_title(f"{sum(found.problems)} problems, {found.seeds} seeds", fontsize=10)


def _draw_bins(axes: Axes, bins: Mapping[str, tuple[int, ...]], score: str) -> None:
    for name, counts in bins.items():
        at = [WIDTH * (place + 0.5) for place in range(len(counts))]
        shares = [count / max(1, sum(counts)) for count in counts]
        axes.step(at, shares, where="mid", color=_HISTOGRAMS[name], label=name)
    axes.axvline(1, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlabel(score)
    axes.set_title("share of pairs", fontsize=10)
