"""How `fathom lab recycle` is asked for, and how it tells a person what came of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from evaluation.lab.task import Problem

SEEDS = 5
_FOLDER = Path(".cache/lab")


@dataclass(frozen=True, slots=True)
class AskedToRecycle:
    """What a person asks for.

    Attributes:
        models: the folder of the laboratory's models.
        held_out: problems that no model may learn from.
        seeds: how many, or the usual number.
        seed: the first.
        folder: of the run, or the usual one.
        plot: where the picture goes, if anywhere.
    """

    models: Path
    held_out: Sequence[Problem]
    seeds: int | None
    seed: int
    folder: Path | None
    plot: Path | None


def recycle(asked: AskedToRecycle, told: Callable[[str, int, int], None]) -> dict[str, JsonValue]:
    """Run the experiment, or what of it is lacking, and return what came of it.

    Raises:
        NoModels: a model is not there.
        NothingSelected: the experiment has nothing to compare.
        OutputRefused: the folder cannot be written, or is another run's.
    """
    # Imported here: torch takes seconds.
    from evaluation.lab.recycling.experiment import recycle as run  # noqa: PLC0415
    from evaluation.lab.recycling.plan import USUAL, Plan  # noqa: PLC0415

    folder = asked.folder or _FOLDER / f"recycle-{asked.seed}"
    scale = replace(USUAL, seeds=asked.seeds or SEEDS, seed=asked.seed)
    found = run(Plan(folder, asked.models, scale, tuple(asked.held_out)), told)
    if asked.plot:
        from evaluation.lab.recycling.picture import draw_recycled  # noqa: PLC0415

        draw_recycled(found, asked.plot)
    return found.plain


def recycle_lines(said: Mapping[str, Any]) -> Iterator[str]:
    """Say what students solved, what is between them, and what was kept."""
    columns = f"{'pairs':>6} {'steps':>6} {'tokens':>8} flawless"
    yield f"{'learnt from':14} {'solved':20} {columns}"
    for name, arm in said["arms"].items():
        amount = f"{arm['pairs']:6.0f} {arm['steps']:6.0f} {arm['tokens']:8.0f}"
        yield f"{name:14} {_estimate(arm['solved'])} {amount} {arm['flawless']:8.3f}"
    for name, difference in said["differences"].items():
        yield f"{name.replace('_over_', ' - '):28} {_estimate(difference, '+')}"
    for name, share in said["choices"].items():
        yield f"{name:28} {share:.3f} of the pairs"
    for name, version in said["versions"].items():
        scores = " ".join(f"{key} {version[key]['mean']:.3f}" for key in ("ifd", "r_ifd"))
        right = f"{version['there']:.3f} of the pairs, {version['flawless']:.3f} flawless"
        yield f"{name:14} {scores}, {right}"
    held_out, fresh = said["problems"]
    yield f"{held_out} + {fresh} problems, seeds {said['seed']} to {_last(said)}"


def _estimate(one: Mapping[str, float], sign: str = "") -> str:
    return f"{one['value']:{sign}.3f} [{one['low']:{sign}.3f}, {one['high']:{sign}.3f}]"


def _last(said: Mapping[str, Any]) -> int:
    last: int = said["seed"] + said["seeds"] - 1
    return last
