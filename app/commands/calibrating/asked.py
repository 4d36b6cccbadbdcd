"""The arguments of `fathom calibrate`, and whether they make sense together."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import JsonValue

from engines.pauses import MOST as PAUSES
from evaluation.calibrate.ease import Probe
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.families import Baseline, baseline_of, strategies
from evaluation.calibrate.how import How
from evaluation.fingerprint import PLACE
from evaluation.shapes import Fields
from search.registry import AnyStrategy

MOST = 256
"""Solutions of a pool, at most: as many as a strategy may draw."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments."""

    data: Path
    fields: Fields
    model: str | None
    scorer: Sequence[str] | None
    sizes: Sequence[int]
    pauses: Sequence[int]
    samples: int | None
    probe: Probe
    which: Sequence[JsonValue]
    baseline: Baseline
    bins: int
    seed: int
    limit: int | None
    concurrency: int
    temperature: float | None
    max_answer_tokens: int | None
    prompt: str
    out: Path
    report: Path | None
    folder: Path | None
    yes: bool
    where: Mapping[str, object]

    @property
    def size(self) -> int:
        """How many solutions are in a pool."""
        return self.samples or self.sizes[-1]

    @property
    def compared(self) -> list[AnyStrategy]:
        """What the policy is compared with."""
        return baseline_of(self.baseline, self.sizes)

    def command(self, how: How) -> str:
        """Return the command that does the same again, whatever the settings are by then."""
        flags: dict[str, object] = {
            "--data": self.data,
            "--model": self.model,
            "--budgets": ",".join(map(str, self.sizes)),
            "--pauses": ",".join(map(str, self.pauses)) or None,
            "--samples": self.size,
            "--probe": self.probe.samples or None,
            "--estimator": self.probe.estimator,
            "--baseline": self.baseline,
            "--bins": self.bins,
            "--seed": self.seed,
            "--limit": self.limit,
            "--concurrency": self.concurrency,
            "--temperature": how.sampling.temperature,
            "--max-answer-tokens": how.sampling.max_tokens,
            "--prompt": None if self.prompt == PLACE else self.prompt,
            "--question-field": self.fields.question,
            "--answer-field": self.fields.answer,
            "--out": self.out,
            "--report": self.report,
            "--run": how.folder,
            **self.where,
        }
        words = [w for flag, value in flags.items() if value is not None
                 for w in (flag, str(value))]  # fmt: skip
        words += [word for name in dict.fromkeys(one.name for one in how.models.scorers)
                  for word in ("--scorer", name)]  # fmt: skip
        for one in self.which:
            words += ["--strategies", one if isinstance(one, str) else json.dumps(one)]
        return shlex.join(["fathom", "calibrate", *words])


def sizes(text: str) -> list[int]:
    """Read --budgets."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--budgets are numbers with commas, not {text!r}") from None
    if found != sorted(set(found)) or not 1 <= found[0] <= found[-1] <= MOST:
        raise typer.BadParameter(f"--budgets rise, from 1 or more to {MOST} at most")
    return found


def pauses(text: str | None) -> list[int]:
    """Read --pauses; none if it is not given."""
    try:
        found = [] if text is None else [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--pauses are numbers with commas, not {text!r}") from None
    if found != sorted(set(found)) or not all(0 <= m <= PAUSES for m in found):
        raise typer.BadParameter(f"--pauses rise, from 0 or more to {PAUSES} at most")
    return found


def which_of(words: Sequence[str]) -> list[JsonValue]:
    """Read kinds, and strategies as JSON: an object, or a list of them and of kinds."""
    found: list[JsonValue] = []
    for word in words:
        if not word.lstrip().startswith(("{", "[")):
            found.append(word)
            continue
        try:
            value: JsonValue = json.loads(word)
        except json.JSONDecodeError as error:
            raise typer.BadParameter(f"--strategies is not JSON: {error}") from error
        found += value if isinstance(value, list) else [value]
    return found


def check(asked: Asked) -> None:
    """Refuse flags that make no sense, before anything is opened."""
    if asked.size < asked.sizes[-1]:
        raise typer.BadParameter(f"--samples are {asked.sizes[-1]} at least, the largest budget")
    if asked.probe.samples > asked.size:
        raise typer.BadParameter(f"--probe is {asked.size} at most, as many as are in a pool")
    if asked.probe.estimator == "agreement" and asked.probe.samples == 1:
        raise typer.BadParameter("--probe is 2 at least: one sample agrees with none")
    if not asked.out.parent.is_dir():
        raise typer.BadParameter(f"--out: there is no folder {asked.out.parent}")
    try:
        strategies(asked.which, asked.sizes, stepwise=False)
    except CannotCalibrate as error:
        raise typer.BadParameter(f"--strategies: {error}") from error
