"""The report's distributions, as pictures. Needs the `evaluate` extra."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from training.recycle.report import Change, Measure, Report
from training.recycle.said import NAMES
from training.writing import OutputRefused


def draw(report: Report, folder: Path) -> None:
    """Write a PNG for each measure: all pairs before, and those kept after.

    Raises:
        OutputRefused: one cannot be written.
    """
    for measure, change in report.measures.items():
        path = folder / f"{measure}.png"
        try:
            _draw(measure, change, path)
        except OSError as error:
            raise OutputRefused(path, f"cannot be written: {error.strerror}") from error


def _draw(measure: Measure, change: Change, path: Path) -> None:
    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = range(len(change.edges))
    for shift, (name, label) in enumerate({"all_before": "all, before",
                                           "after": "kept, after"}.items()):  # fmt: skip
        counts = change.bins[name]
        shares = [count / max(1, sum(counts)) for count in counts]
        where = [place + 0.4 * shift for place in places]
        axes.bar(where, shares, width=0.4, label=f"{label} ({sum(counts)})")
    axes.set_xticks(list(places), [f"{edge:g}" for edge in change.edges])
    axes.set_xlabel(f"{NAMES[measure]}, from")
    axes.set_ylabel("share of pairs")
    axes.legend()
    # Without the version of the library, so that the same data make the same file.
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})
