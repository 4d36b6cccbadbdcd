"""The picture of what pauses are worth: accuracy over their number, bin by bin.

Needs the `evaluate` extra.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evaluation.policy_pauses import Pausing

_COLOURS = mpl.color_sequences["tab10"]


def draw(found: Sequence[Pausing], path: Path) -> None:
    """Write a PNG: a line for each bin, and one of all questions; what is chosen has a ring.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for place, one in enumerate(found):
        numbers = [str(each.pauses) for each in one.measured]
        values = [each.accuracy.value for each in one.measured]
        below = [each.accuracy.value - each.accuracy.low for each in one.measured]
        above = [each.accuracy.high - each.accuracy.value for each in one.measured]
        colour = "black" if one.bin is None else _COLOURS[place % len(_COLOURS)]
        name = "all questions" if one.bin is None else f"bin {one.bin}"
        axes.errorbar(
            numbers, values, yerr=[below, above], label=name, color=colour, marker="o", capsize=3
        )
        at = numbers.index(str(one.chosen))
        axes.plot(at, values[at], "o", ms=14, mfc="none", color=colour)
    axes.set_ylim(-0.03, 1.03)
    axes.grid(visible=True, alpha=0.3)
    axes.set_xlabel("pauses")
    axes.set_ylabel("accuracy of one plain sample")
    axes.legend(loc="best", fontsize=9)
    # Without the version of the library, so that the same data make the same file.
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})
