"""Small against large at the same compute, as a picture. Needs the `evaluate` extra."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evaluation.matched.comparison import Comparison, Group

_INK, _FAINT = "#1f4e79", "#b0b0b0"
_WINS = {"test-time": "#1f4e79", "pre-training": "#c0504d", "neither": "#7f7f7f"}


def draw(comparison: Comparison, path: Path, *, title: str) -> None:
    """Write a PNG: in each bin the small model's curve, and the large model at what it costs.

    Raises:
        OSError: it cannot be written.
    """
    groups = comparison.groups
    figure = Figure(figsize=(2.4 * len(groups) + 1, 4), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=11)
    [panels] = figure.subplots(1, len(groups), sharey=True, squeeze=False)
    for axes, group in zip(panels, groups, strict=True):
        _draw_group(axes, group)
    panels[0].set_ylabel("share of right answers")
    for winner, colour in _WINS.items():
        panels[0].scatter([], [], color=colour, marker="*", label=f"large model: {winner} wins")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    # Without the version of the library, so that the same data make the same file.
    figure.savefig(path, format="png", dpi=110, metadata={"Software": None})


def _draw_group(axes: Axes, group: Group) -> None:
    points = sorted((run.compute, run.accuracy) for run in group.runs)
    axes.plot(*zip(*points, strict=True), color=_INK, marker=".", linewidth=1.2, label="small")
    for one in group.exchanges:
        axes.plot([one.allowed] * 2, [one.small, one.large], color=_FAINT, linestyle=":")
        axes.scatter([one.allowed], [one.large], color=_WINS[one.winner], marker="*", zorder=3)
        axes.annotate(f"R={one.ratio:g}", (one.allowed, one.large), fontsize=7, ha="center",
                      xytext=(0, 6), textcoords="offset points")  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.margins(x=0.15)
    axes.set_ylim(-0.04, 1.1)
    axes.set_xlabel("compute of the small model")
    name = "all" if group.bin is None else f"bin {group.bin}"
    axes.set_title(f"{name}, n = {group.questions}", fontsize=10)
