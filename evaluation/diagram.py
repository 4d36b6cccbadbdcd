"""Reliability diagrams: of what was scored so high, how much is right.

Needs the `evaluate` extra.
"""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evaluation.verification import Bin, Questions, calibration_error, reliability, value

_INK, _FAINT = "#1f4e79", "#b0b0b0"


def draw(before: Questions, after: Questions, path: Path, *, title: str) -> None:
    """Write a PNG: the share of right ones in each bin of scores, with its interval and n.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(9, 6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    curves, counts = figure.subplots(2, 2, sharex=True, height_ratios=[3, 1])
    for column, (name, questions) in enumerate((("before", before), ("after", after))):
        bins, error = reliability(questions), value(calibration_error, questions)
        _draw_shares(curves[column], bins, f"{name}: calibration error {error:.3f}")
        _draw_counts(counts[column], bins)
    curves[0].set_ylabel("share of right ones")
    counts[0].set_ylabel("n")
    # Without the version of the library, so that the same data make the same file.
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _draw_shares(axes: Axes, bins: Sequence[Bin], title: str) -> None:
    axes.plot([0, 1], [0, 1], color=_FAINT, linestyle="--", linewidth=1)
    below = [max(0.0, b.right - b.interval[0]) for b in bins]
    above = [max(0.0, b.interval[1] - b.right) for b in bins]
    axes.errorbar(
        [b.score for b in bins],
        [b.right for b in bins],
        yerr=[below, above],
        color=_INK,
        marker="o",
        capsize=3,
        linewidth=1.2,
    )
    axes.set_title(title, fontsize=10)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.02, 1.02)


def _draw_counts(axes: Axes, bins: Sequence[Bin]) -> None:
    most = max(b.n for b in bins)
    for b in bins:
        middle = (b.low + b.high) / 2
        axes.bar(middle, b.n, width=(b.high - b.low) * 0.9, color=_INK, alpha=0.6)
        axes.text(middle, b.n + most * 0.03, str(b.n), ha="center", va="bottom", fontsize=7)
    axes.set_ylim(0, most * 1.3)
    axes.set_xlabel("score")
