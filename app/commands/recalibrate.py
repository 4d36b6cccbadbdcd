"""`fathom calibrate --from-traces`: a policy that learns from the traffic it was used for."""

import hashlib
import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import JsonValue, TypeAdapter, ValidationError

from app.commands.extras import needs
from app.commands.running import foreseen, run
from app.store import Remembered, open_store
from app.store.outcomes import chosen_by
from evaluation.statistics import Difference
from search.policy import FittedOn, Interval, Policy, read, write
from search.registry import AnyStrategy

if TYPE_CHECKING:
    from evaluation.drift import Drift
    from evaluation.traffic import Cell, Learnt, Served

_STRATEGY: TypeAdapter[AnyStrategy] = TypeAdapter(AnyStrategy)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The command's arguments."""

    from_traces: Path
    policy: Path
    out: Path
    seed: int

    @property
    def command(self) -> str:
        words = ("fathom", "calibrate", "--from-traces", self.from_traces, "--policy", self.policy,
                 "--out", self.out, "--seed", self.seed)  # fmt: skip
        return shlex.join(map(str, words))


def recalibrate(from_traces: Path, policy: Path, out: Path, seed: int, as_json: bool) -> None:
    """Refine a policy by the verdicts on what it chose, if that predicts other verdicts better.

    Raises:
        Exit: there is too little to learn from, or a file is not what it should be.
    """
    needs("evaluate", "sklearn", "scipy")
    asked = _Asked(from_traces, policy, out, seed)
    _check_files(asked)
    with foreseen(), _one_sentence():
        old = read(policy)
        rows = run(_rows(from_traces, old))
        learnt = _learnt(old, rows, asked)
        if learnt.better:
            write(learnt.policy, out)
    typer.echo(json.dumps(_plain(learnt, rows, asked)) if as_json else _lines(learnt, rows, asked))


def _check_files(asked: _Asked) -> None:
    if not asked.from_traces.is_file():
        raise typer.BadParameter(f"there is no file {asked.from_traces}")
    if not asked.out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {asked.out.parent} for {asked.out.name}")


@contextmanager
def _one_sentence() -> Iterator[None]:
    from evaluation.outcomes import CannotFit  # noqa: PLC0415 - in an extra
    from evaluation.traffic import CannotRefine  # noqa: PLC0415 - in an extra

    try:
        yield
    except (CannotFit, CannotRefine) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error


async def _rows(file: Path, policy: Policy) -> Sequence[Remembered]:
    async with open_store(file) as store:
        return await chosen_by(store, policy.model, policy.estimator)


def _learnt(old: Policy, rows: Sequence[Remembered], asked: _Asked) -> "Learnt":
    from evaluation.traffic import CannotRefine, learn  # noqa: PLC0415 - in an extra

    origin = _origin(old, rows, asked)
    if origin.data == old.fitted_on.data:
        raise CannotRefine(f"{asked.policy} has learnt from exactly these verdicts already")
    return learn(old, [_served(row) for row in rows], origin)


def _origin(old: Policy, rows: Sequence[Remembered], asked: _Asked) -> FittedOn:
    told = "\n".join(f"{row.trace} {row.right}" for row in rows if row.right is not None)
    changes = {
        "data": hashlib.sha256(told.encode()).hexdigest()[:12],
        "seed": asked.seed,
        "command": asked.command,
        "date": date.today(),
    }
    return old.fitted_on.model_copy(update=changes)


def _served(row: Remembered) -> "Served":
    from evaluation.traffic import Served  # noqa: PLC0415 - in an extra

    strategy = _followed(row)
    tokens = None if strategy is None else _tokens(row, strategy)
    # What several rounds, or the probe alone, came to was returned for its score.
    held = None if row.action in ("search", None) else row.score
    return Served(row.conversation, row.ease, row.bin, strategy, tokens, row.right, held)


def _followed(row: Remembered) -> AnyStrategy | None:
    """Return what answered, if it was one strategy from beginning to end that is known here."""
    if row.action != "search" or row.chosen is None:
        return None
    try:
        return _STRATEGY.validate_python(row.chosen)
    except ValidationError:
        # Of a plug-in that is gone, or with parameters that are: counted among what is left out.
        return None


def _tokens(row: Remembered, strategy: AnyStrategy) -> float | None:
    """Return what a strategy took: one that draws whole solutions begins with the probe's."""
    if strategy.judges != "steps":
        return row.tokens
    if row.budget_tokens is None or row.left_tokens is None:
        return None
    return row.tokens - (row.budget_tokens - row.left_tokens)


def _plain(learnt: "Learnt", rows: Sequence[Remembered], asked: _Asked) -> dict[str, JsonValue]:
    return {
        "kept": not learnt.better,
        "file": str(asked.out) if learnt.better else None,
        "requests": len(rows),
        "conversations": learnt.conversations,
        "left_out": dict(learnt.left_out),
        "brier_gain": [asdict(half) for half in learnt.halves],
        "cells": [_cell(cell) for cell in learnt.cells],
        "held": learnt.held,
        "drift": asdict(learnt.drift) if learnt.drift else None,
        "seed": asked.seed,
    }


def _cell(cell: "Cell") -> dict[str, JsonValue]:
    before, after = (option.model_dump(mode="json") for option in (cell.before, cell.after))
    strategy = before.pop("strategy")
    del after["strategy"]
    seen = asdict(cell.seen)
    return {"bin": cell.bin, "strategy": strategy, "seen": seen, "before": before, "after": after}


def _lines(learnt: "Learnt", rows: Sequence[Remembered], asked: _Asked) -> str:
    first, second = learnt.halves
    lines = [
        f"{len(rows)} requests, {learnt.conversations} conversations with verdicts to learn from",
        *(f"left out   {n} requests {why}" for why, n in learnt.left_out.items()),
        *(_row(cell) for cell in learnt.cells),
        *([f"confidence of {learnt.held:g} answers by their scores"] if learnt.held else []),
        f"traffic    {_drift(learnt.drift)}",
        f"Brier gain {_gain(first)} and {_gain(second)}, each half by what the other taught",
        f"seed       {asked.seed}",
        f"written    {asked.out}"
        if learnt.better
        else f"kept       {asked.policy}: what one half teaches does not predict the other better "
        "beyond noise, both ways round; nothing was written",
    ]
    return "\n".join(lines)


def _row(cell: "Cell") -> str:
    before, after, seen = cell.before, cell.after, cell.seen
    return (
        f"bin {cell.bin:<6} {before.strategy.kind}: {seen.right:g} of {seen.n:g} right; accuracy "
        f"{_shown(before.accuracy)} to {_shown(after.accuracy)}, "
        f"tokens {before.tokens:.0f} to {after.tokens:.0f}"
    )


def _shown(accuracy: Interval) -> str:
    return f"{accuracy.value:.3f} [{accuracy.low:.3f}, {accuracy.high:.3f}]"


def _gain(half: Difference) -> str:
    return f"{half.value:+.4f} [{half.low:+.4f}, {half.high:+.4f}]"


def _drift(drift: "Drift | None") -> str:
    if drift is None:
        return "of no request the ease is known"
    shares = ", ".join(f"{100 * share:.0f}" for share in drift.shares)
    return (
        f"{shares} % by bin, where equal parts are expected: stability index "
        f"{drift.stability:.2f}, chi-square {drift.chi_square:.1f}, p = {drift.p:.2g}"
    )
