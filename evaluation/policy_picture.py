"""The picture of a report: accuracy over tokens, of the policy and within each bin.

Needs the `evaluate` extra.
"""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TypedDict

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from evaluation.policy_findings import Bin, Family, Findings, Spent
from evaluation.policy_words import behind, family
from search.policy import Option

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Told apart by the colour-blind: Okabe and Ito 2008, "Color universal design"."""
_MARKS = "osD^vPX"


class _Look(TypedDict, total=False):
    color: str
    marker: str
    linestyle: str
    linewidth: float


_AUTO: _Look = {"color": "#000000", "marker": "*", "linewidth": 2.2}
_ORACLE: _Look = {"color": "#6b6b6b", "marker": "d", "linestyle": "--"}
_COLUMNS = 3
_TICKS = 6


def draw(found: Findings, path: Path) -> None:
    """Write a PNG: one large panel of curves, and a small one for each bin.

    Raises:
        OSError: it cannot be written.
    """
    columns = min(_COLUMNS, len(found.bins))
    rows = ceil(len(found.bins) / columns)
    # The names of strategies are text, whatever is in them, and no formulas.
    with mpl.rc_context({"text.parse_math": False}):
        figure = Figure(figsize=(12, 5.5 + 3 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(rows + 1, columns, height_ratios=[5, *[3] * rows])
        _draw_curves(figure.add_subplot(grid[0, :]), found)
        small = [
            figure.add_subplot(grid[1 + place // columns, place % columns])
            for place in range(len(found.bins))
        ]
        for axes, part in zip(small, found.bins, strict=True):
            _draw_bin(axes, part)
        names = small[0].get_legend_handles_labels()
        figure.legend(*names, loc="outside lower center", ncols=4, fontsize=9)
        # Without the version of the library, so that the same data make the same file.
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _draw_curves(axes: Axes, found: Findings) -> None:
    options = [compared.option for compared in found.baseline]
    name = family(options[-1].strategy) + behind(options[-1].pauses)
    _draw_line(axes, options, name, _looks(found.bins[0])[name])
    if found.oracle is not None:
        _draw_line(axes, found.oracle, "auto, if it knew the oracle's bins", _ORACLE)
    _draw_line(axes, found.auto, "auto", _AUTO)
    axes.set_title("All questions, cross-validated", fontsize=11)
    axes.legend(loc="best", fontsize=9)
    _name(axes)


def _draw_bin(axes: Axes, part: Bin) -> None:
    looks = _looks(part)
    for one in _shown(part):
        _draw_line(axes, one.options, one.name, looks[one.name])
    axes.set_title(f"Bin {part.number}, {part.questions} questions", fontsize=10)
    axes.set_ylim(-0.03, 1.03)
    _name(axes)


def _looks(part: Bin) -> dict[str, _Look]:
    """Return the colour and marks of each family; every bin has the same families."""
    return {
        one.name: {
            "color": _COLOURS[place % len(_COLOURS)],
            "marker": _MARKS[place % len(_MARKS)],
        }
        for place, one in enumerate(_shown(part))
    }


def _shown(part: Bin) -> list[Family]:
    """Return the families behind the fewest pauses; those behind more have a picture of their own.

    The first is one plain sample.
    """
    return [one for one in part.families if one.pauses == part.families[0].pauses]


def _draw_line(axes: Axes, drawn: Sequence[Option | Spent], name: str, look: _Look) -> None:
    """Draw points by rising tokens, with their 95 % intervals."""
    rising = sorted(drawn, key=lambda one: one.tokens)
    accuracies = [one.accuracy for one in rising]
    axes.errorbar(
        [one.tokens for one in rising],
        [accuracy.value for accuracy in accuracies],
        yerr=[
            [accuracy.value - accuracy.low for accuracy in accuracies],
            [accuracy.high - accuracy.value for accuracy in accuracies],
        ],
        label=name,
        capsize=3,
        **look,
    )


def _name(axes: Axes) -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(LogLocator(base=2, numticks=_TICKS))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tokens, _: f"{tokens:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(visible=True, alpha=0.3)
    axes.set_xlabel("tokens a question", fontsize=9)
    axes.set_ylabel("accuracy", fontsize=9)
