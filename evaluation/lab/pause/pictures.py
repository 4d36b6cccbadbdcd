"""The pause experiment as a picture. Needs the `evaluate` extra."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evaluation.lab.pause.found import Findings, Measured
from evaluation.lab.pause.plan import BASELINE
from evaluation.lab.pictures import save

_COLOURS = {
    BASELINE: "#7f7f7f",
    "StdPT_PauseFT": "#9bbb59",
    "PausePT_StdFT": "#c0504d",
    "PausePT_PauseFT": "#1f4e79",
}
_STYLES = ("-", "--", ":")


def draw(found: Findings, path: Path) -> None:
    """Write a PNG: the arms by task, and what pauses at inference do, against the baseline.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(12, 5), layout="constrained")
    FigureCanvasAgg(figure)
    plan = found.plan
    figure.suptitle(f"pause tokens, {plan.seeds} seeds, {plan.problems} held-out problems each")
    arms, sweep = figure.subplots(1, 2, sharey=True)
    _draw_arms(arms, found.arms)
    _draw_sweep(sweep, found)
    arms.set_ylabel("share of problems solved")
    save(figure, path)


def _draw_arms(axes: Axes, arms: Mapping[str, Mapping[str, Measured]]) -> None:
    for place, own in enumerate(arms.values()):
        for k, (arm, measured) in enumerate(own.items()):
            at, share = place + 0.2 * (k - 1.5), measured.share
            whiskers = [[share.value - share.low], [share.high - share.value]]
            label = arm if place == 0 else None
            axes.bar(at, share.value, 0.18, color=_COLOURS[arm], alpha=0.75, label=label)
            axes.errorbar(at, share.value, whiskers, fmt="none", ecolor="#404040", elinewidth=1)
            axes.plot([at] * len(measured.each), measured.each, "k.", markersize=3)
    axes.set_xticks(range(len(arms)), list(arms))
    axes.set_title("each arm, asked as it was fine-tuned; dots are seeds", fontsize=10)
    axes.legend(fontsize=8)


def _draw_sweep(axes: Axes, found: Findings) -> None:
    for (task, arms), style in zip(found.sweep.items(), _STYLES, strict=False):
        baseline = found.arms[task][BASELINE].share.value
        axes.axhline(baseline, color=_COLOURS[BASELINE], linestyle=style, linewidth=1)
        for arm, by_number in arms.items():
            shares = [one.share for one in by_number.values()]
            places = range(len(shares))
            name, colour = f"{arm}, {task}", _COLOURS[arm]
            values = [share.value for share in shares]
            axes.plot(places, values, style, color=colour, marker=".", label=name)
            low, high = [share.low for share in shares], [share.high for share in shares]
            axes.fill_between(places, low, high, color=colour, alpha=0.1, linewidth=0)
            axes.set_xticks(places, [str(number) for number in by_number])
    axes.set_xlabel(f"pauses at inference; {found.plan.pauses} while fine-tuning")
    axes.set_title(f"grey: {BASELINE} without any", fontsize=10)
    axes.legend(fontsize=8)
