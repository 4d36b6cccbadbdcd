"""Accuracy over tokens, as a picture. Needs the `evaluate` extra."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evaluation.spending import Spent


def draw(spent: Sequence[Spent], path: Path) -> None:
    """Write a PNG: a curve for each strategy, with intervals.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for strategy in dict.fromkeys(one.strategy for one in spent):
        own = [one for one in spent if one.strategy == strategy]
        axes.errorbar(
            [one.tokens for one in own],
            [one.accuracy for one in own],
            yerr=[[max(0.0, one.accuracy - one.low) for one in own],
                  [max(0.0, one.high - one.accuracy) for one in own]],
            marker="o", capsize=3, linewidth=1.4, label=strategy,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("tokens of a question")
    axes.set_ylabel("share of right answers")
    axes.legend()
    # Without the version of the library, so that the same data make the same file.
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})
