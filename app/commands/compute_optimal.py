"""`fathom lab compute-optimal`: strategies and `auto` on the laboratory's reasoner, as served."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.commands.bar import bar
from app.commands.calibrating.asked import sizes
from app.commands.extras import needs
from app.commands.options import read_settings
from app.commands.pausing import paused
from app.commands.running import Opener, run
from app.errors import ModelNotFound
from app.policies import PolicyFile
from app.service import Service
from app.settings import Settings
from engines.base import Sampling
from evaluation.calibrate.calibration import FEWEST, Plan
from evaluation.calibrate.ease import Probe
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.how import How
from evaluation.calibrate.pool import setup
from evaluation.compute_optimal.chosen import chosen
from evaluation.compute_optimal.experiment import Came, Experiment
from evaluation.datasets import Question
from evaluation.lab.task import Problem
from training.writing import OutputRefused

if TYPE_CHECKING:
    from evaluation.compute_optimal.found import Findings

MODEL = "lab-reasoner"
SIZES = "1,4,16,64,256"
LIVE_UP_TO = 64
FOLDER = Path(".cache") / "fathom" / "lab"
"""Where records are kept if no folder is named."""

_BINS = 5
_KEPT = "interrupted; what was drawn is kept, and the same command goes on from there"
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments."""

    problems: Sequence[Problem]
    budgets: str
    live_up_to: int
    probe: int
    policy: Path | None
    folder: Path | None
    seed: int
    plot: Path | None
    as_json: bool

    @property
    def sizes(self) -> list[int]:
        """Budgets in plain samples."""
        return sizes(self.budgets)


def compute_optimal(open_service: Opener, asked: Asked) -> None:
    """Run the experiment, and say what came of it."""
    needs("evaluate", "numpy", "sklearn", *(["matplotlib"] if asked.plot else []))
    needs("embedded", "xllamacpp")
    _check(asked)
    settings = _settings(asked.policy)
    found, about = run(_run(open_service, settings, asked), interrupted=_KEPT)
    if asked.plot is not None:
        _draw(found, asked.plot)
    if asked.as_json:
        typer.echo(json.dumps(found.plain | about))
        return
    from evaluation.compute_optimal.words import lines  # noqa: PLC0415 - in an extra

    typer.echo("\n".join([*lines(found), *(f"{name:12} {told}" for name, told in about.items())]))


def _check(asked: Asked) -> None:
    """Refuse flags that make no sense, before anything is opened."""
    different = len({one.question for one in asked.problems})
    if different < max(FEWEST, len(asked.problems)):
        how = f"has {FEWEST} different ones at least, and none twice"
        raise typer.BadParameter(how, param_hint="--problems")
    if asked.live_up_to < asked.sizes[0]:
        raise typer.BadParameter(f"is {asked.sizes[0]} at least", param_hint="--live-up-to")
    if asked.probe > asked.sizes[-1]:
        how = f"is {asked.sizes[-1]} at most, as many as are in a pool"
        raise typer.BadParameter(how, param_hint="--probe")


def _settings(policy: Path | None) -> Settings:
    """Return the settings, with a policy for the model in place of the one that comes along."""
    settings = read_settings(None, None)
    if MODEL not in settings.further:
        raise typer.BadParameter(
            f"the settings have no model {MODEL}", param_hint="compute-optimal"
        )
    own = settings.further[MODEL]
    if policy is None:
        if settings.of(own).table is None:
            how = f"no policy comes along for {MODEL}: name one"
            raise typer.BadParameter(how, param_hint="--policy")
        return settings
    return Settings(models=settings.further | {MODEL: own.model_copy(update={"policy": policy})})


async def _run(
    open_service: Opener, settings: Settings, asked: Asked
) -> "tuple[Findings, dict[str, object]]":
    async with open_service(settings) as service:
        served, file = _served(service)
        how = _how(asked, served)
        experiment = Experiment(
            [Question(one.question, one.question, str(one.answer)) for one in asked.problems],
            file.policy,
            how,
            asked.sizes,
            asked.live_up_to,
            Probe("score", asked.probe),
            bar,
        )
        came = await experiment.run(lambda plan: _tell(plan, how))
    return _found(experiment, came, asked), {
        "policy": file.policy.name,
        "run": str(how.folder),
        "left_out": dict(came.left_out),
        "degradations": dict(came.degradations),
    }


def _served(service: Service) -> tuple[Service, PolicyFile]:
    served = service.named.get(MODEL)
    if served is None or served.policy is None:
        raise ModelNotFound(MODEL)
    return served, served.policy


def _how(asked: Asked, served: Service) -> How:
    settings = served.settings
    how = How(
        served.models(),
        Sampling(settings.max_answer_tokens, settings.temperature, pauses=paused(None, served)),
        seed=asked.seed,
        step_end=settings.step_end,
    )
    kept = f"compute-optimal-{setup(asked.sizes[-1], how).fingerprint}"
    return replace(how, folder=asked.folder or FOLDER / kept)


def _tell(plan: Plan, how: How) -> None:
    """Say what is left to do, `auto` not counted."""
    typer.echo(
        f"{len(plan.replayed)} strategies are replayed, {len(plan.live)} searched for; records go "
        f"to {how.folder}\nstill to do: {plan.searches} searches, {plan.samples} samples at most, "
        f"{plan.seconds / _MINUTE:.0f} minutes at least, and then auto",
        err=True,
    )


def _found(experiment: Experiment, came: Came, asked: Asked) -> "Findings":
    from evaluation.compute_optimal.found import findings  # noqa: PLC0415 - in an extra
    from evaluation.compute_optimal.grid import grid  # noqa: PLC0415
    from evaluation.outcomes import CannotFit  # noqa: PLC0415

    try:
        found = grid(came, experiment.probe, experiment.sizes, bins=_BINS, seed=asked.seed)
        taken = chosen(experiment.policy, came.measured.pools, came.budgets[-1])
        return findings(found, taken)
    except CannotFit as error:
        raise CannotCalibrate(str(error)) from error


def _draw(found: "Findings", path: Path) -> None:
    from evaluation.compute_optimal.picture import draw  # noqa: PLC0415 - in an extra

    try:
        draw(found, path)
    except OSError as error:
        raise OutputRefused(path, f"cannot be written: {error.strerror}") from error
