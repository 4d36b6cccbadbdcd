"""What the laboratory found, as pictures. Needs the `evaluate` extra."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evaluation.lab.found import MAIN, Contest
from evaluation.lab.trade import ARMS, BINS, DIFFICULTIES, Arm, Difficulty, Trade
from evaluation.statistics import Estimate

_COLOURS = ("#1f4e79", "#c0504d", "#7f7f7f", "#9bbb59", "#8064a2", "#4bacc6")
_NAMES = {
    "prm": "PRM, product",
    "prm_min": "PRM, min",
    "prm_last": "PRM, last",
    "orm": "ORM",
    "majority": "majority",
    "likelihood": "reasoner's likelihood",
}

_VOTES = {"weighted": "best of N, weighted by the PRM", "majority": "majority of N"}


def draw_contest(found: Contest, path: Path) -> None:
    """Write a PNG: the share of problems solved by N, of all problems and of each fifth of them.

    Raises:
        OSError: it cannot be written.
    """
    figure = new_figure(13, 5)
    whole, *fifths = figure.subplots(1, 6, sharey=True, width_ratios=[3, 1, 1, 1, 1, 1])
    draw_curves(whole, found.sizes, {_NAMES[name]: own for name, own in found.curves.items()})
    whole.set_title(f"best of N, {found.problems} held-out problems", fontsize=10)
    whole.set_ylabel("share of problems solved")
    for fifth, axes in enumerate(fifths):
        for name, colour in zip(MAIN, (_COLOURS[0], *_COLOURS[3:]), strict=True):
            axes.plot(found.sizes, found.quintiles[name][fifth], color=colour, linewidth=1.2)
        axes.set_xscale("log", base=2)
        axes.set_title(("easiest", "2nd", "3rd", "4th", "hardest")[fifth], fontsize=9)
    save(figure, path)


def draw_sizes(
    curves: Mapping[str, Sequence[Estimate]], sizes: Sequence[int], path: Path, *, title: str
) -> None:
    """Write a PNG: the share of problems solved, by how many solutions a problem were labelled.

    Raises:
        OSError: it cannot be written.
    """
    figure = new_figure(7, 5)
    axes = figure.subplots()
    draw_curves(axes, sizes, curves)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("labelled solutions of a problem")
    axes.set_ylabel("share of problems solved")
    save(figure, path)


def draw_trade(found: Trade, path: Path) -> None:
    """Write a PNG: small - large by bin and ratio, a panel for each vote and difficulty.

    Raises:
        OSError: it cannot be written.
    """
    figure = new_figure(11, 7)
    m, n = found.parameters_ratio, found.problems
    figure.suptitle(f"test-time against pre-training compute, M = {m:.1f}, {n} held-out problems")
    panels = figure.subplots(len(ARMS), len(DIFFICULTIES), sharex=True, sharey=True)
    for arm, row in zip(ARMS, panels, strict=True):
        for by, axes in zip(DIFFICULTIES, row, strict=True):
            _draw_duels(axes, found, arm, by)
            axes.set_title(f"{_VOTES[arm]}, {by} bins", fontsize=10)
        row[0].set_ylabel("small - large, share solved")
    panels[0][0].legend(fontsize=8)
    save(figure, path)


def _draw_duels(axes: Axes, found: Trade, arm: Arm, by: Difficulty) -> None:
    own = [one for one in found.bins if one.by == by]
    places = [one.bin or BINS + 1 for one in own]
    for k, (terms, colour) in enumerate(zip(found.terms, _COLOURS, strict=False)):
        duels = [d for one in own for d in one.duels if (d.arm, d.ratio) == (arm, terms.ratio)]
        values = [duel.difference.value for duel in duels]
        whiskers = [
            [duel.difference.value - duel.difference.low for duel in duels],
            [duel.difference.high - duel.difference.value for duel in duels],
        ]
        at = [place + 0.26 * (k - 1) for place in places]
        axes.bar(at, values, 0.24, color=colour, label=f"R = {terms.ratio:g}, N = {terms.n}")
        axes.errorbar(at, values, whiskers, fmt="none", ecolor="#404040", elinewidth=1)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xticks([*range(1, BINS + 2)], ["1\neasiest", "2", "3", "4", "5\nhardest", "all"])


def draw_curves(axes: Axes, sizes: Sequence[int], curves: Mapping[str, Sequence[Estimate]]) -> None:
    """Draw curves with their intervals, over a logarithmic axis."""
    for (name, shares), colour in zip(curves.items(), _COLOURS, strict=False):
        axes.plot(sizes, [share.value for share in shares], color=colour, marker=".", label=name)
        low, high = [share.low for share in shares], [share.high for share in shares]
        axes.fill_between(sizes, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("N")
    axes.legend(fontsize=8)


def save(figure: Figure, path: Path) -> None:
    """Write a picture, without the library's version: the same data make the same file."""
    figure.savefig(path, format="png", dpi=110, metadata={"Software": None})


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, so many inches wide and high."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
