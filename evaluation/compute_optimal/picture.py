"""Figures 4 and 8 of arXiv:2408.03314, as one picture. Needs the `evaluate` extra."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from evaluation.compute_optimal.found import Findings, Part
from search.policy import Interval

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#6b6b6b", "#8c564b")
"""Told apart by the colour-blind: Okabe and Ito 2008, "Color universal design"."""
_OVERALL = {
    "best_of_n": "best-of-N",
    "weighted_best_of_n": "weighted best-of-N",
    "optimal_oracle": "compute-optimal, oracle bins",
    "optimal_predicted": "compute-optimal, predicted bins",
    "auto_once": "auto, once",
    "auto_sequential": "auto, sequential",
}
_PLAIN = "sample"
_TICKS = 5


class Placed(Protocol):
    """What can be drawn: tokens, and an accuracy."""

    @property
    def tokens(self) -> float:
        """The mean of a problem."""
        ...

    @property
    def accuracy(self) -> Interval:
        """The share of problems."""
        ...


def draw(found: Findings, path: Path) -> None:
    """Write a PNG: all problems at the left, bins of predicted difficulty at the right.

    Raises:
        OSError: it cannot be written.
    """
    parts = [part for part in found.parts if part.difficulty == "predicted"]
    # The names of strategies are text, whatever is in them, and no formulas.
    with mpl.rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(8 + 2.4 * len(parts), 6), layout="constrained")
        FigureCanvasAgg(figure)
        widths = [3.0, *[1.0] * len(parts)]
        left, *right = figure.subplots(1, 1 + len(parts), width_ratios=widths)
        _draw_all(left, found)
        for axes, part in zip(right, parts, strict=True):
            _draw_bin(axes, part)
        if right:
            names = right[0].get_legend_handles_labels()
            figure.legend(*names, loc="outside lower right", ncols=3, fontsize=8)
        # Without the version of the library, so that the same data make the same file.
        figure.savefig(path, format="png", dpi=110, metadata={"Software": None})


def _draw_all(axes: Axes, found: Findings) -> None:
    for (name, label), colour in zip(_OVERALL.items(), _COLOURS, strict=False):
        _draw_line(axes, found.curves[name], label, colour, shaded=True)
    axes.set_title(f"{found.problems} held-out problems, all costs charged", fontsize=10)
    axes.set_ylabel("share of problems solved")
    axes.legend(fontsize=8, loc="lower right")
    _scale(axes)


def _draw_bin(axes: Axes, part: Part) -> None:
    """Draw strategies that differ in n only as a line, from one plain sample on."""
    families = list(dict.fromkeys(one.family for one in part.points))
    searched = [name for name in families if name != _PLAIN and not name.startswith("revisions")]
    for name, colour in zip(searched, _COLOURS, strict=False):
        own = [one for one in part.points if one.family in (_PLAIN, name)]
        _draw_line(axes, own, name, colour, shaded=False)
    axes.set_title(f"bin {part.bin}: {part.problems}", fontsize=9)
    axes.set_ylim(-0.03, 1.03)
    _scale(axes)


def _draw_line(
    axes: Axes, points: Sequence[Placed], label: str, colour: str, *, shaded: bool
) -> None:
    rising = sorted(points, key=lambda one: one.tokens)
    tokens = [one.tokens for one in rising]
    accuracies = [one.accuracy for one in rising]
    values = [accuracy.value for accuracy in accuracies]
    axes.plot(tokens, values, color=colour, marker=".", linewidth=1.2, label=label)
    if shaded:
        low, high = [one.low for one in accuracies], [one.high for one in accuracies]
        axes.fill_between(tokens, low, high, color=colour, alpha=0.1, linewidth=0)


def _scale(axes: Axes) -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(LogLocator(base=2, numticks=_TICKS))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tokens, _: f"{tokens:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.tick_params(labelsize=7)
    axes.grid(visible=True, alpha=0.3)
    axes.set_xlabel("tokens a problem", fontsize=9)
