"""The laboratory's experiments by name, each from models and held-out problems to figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import JsonValue

from evaluation.lab.apprentices import drawn, taught
from evaluation.lab.arms import active_learning, synthetic_supervision
from evaluation.lab.contest import Jury, contest
from evaluation.lab.found import Comparison, Scale, Told
from evaluation.lab.models import opened, verifier_base
from evaluation.lab.rivals import Rivals, entries, small_reasoner
from evaluation.lab.small_scale import Trial
from evaluation.lab.task import Problem
from evaluation.lab.trade import traded
from training.verifier.config import Kind

_FROM = 256
_TRADED = 144
"""Samples of the small model: as many as the least ratio of the paper allows it, and some more."""
_LABELLED = 500
_KINDS: tuple[Kind, Kind] = ("prm", "orm")


@dataclass(frozen=True, slots=True)
class Setup:
    """What an experiment is run with.

    Attributes:
        models: the folder of the models.
        held_out: problems that none of them was trained on.
        samples: of each of these; the experiment's own number if not given.
        labelled: solutions that process and outcome reward model learn from.
        seed: of all that is drawn.
        plot: where the picture goes, if anywhere.
        told: hears how far it is.
    """

    models: Path
    held_out: Sequence[Problem]
    samples: int | None
    labelled: int | None
    seed: int
    plot: Path | None
    told: Told


def prm_vs_orm(setup: Setup) -> dict[str, JsonValue]:
    """Compare who picks best among N solutions: arXiv:2305.20050, figure 3."""
    reasoner, seed, told = opened(setup.models).reasoner, setup.seed, setup.told
    base, avoid = verifier_base(setup.models), {problem.question for problem in setup.held_out}
    examples = drawn(reasoner, setup.labelled or _LABELLED, avoid, seed, told)
    prm, orm = (taught(kind, examples, base, seed, told) for kind in _KINDS)
    samples = setup.samples or _FROM
    found = contest(Jury(reasoner, prm, orm), setup.held_out, samples, seed=seed, told=told)
    if setup.plot:
        from evaluation.lab.pictures import draw_contest  # noqa: PLC0415 - of another extra

        draw_contest(found, setup.plot)
    return found.plain


def compare_selections(setup: Setup) -> dict[str, JsonValue]:
    """Compare active with uniform selection of what is labelled: section 4.2."""
    return _compared(setup, active_learning, "PRMs from solutions chosen by chance, and actively")


def compare_supervisions(setup: Setup) -> dict[str, JsonValue]:
    """Compare process with outcome labels, at equal numbers of solutions: section 4.1."""
    return _compared(setup, synthetic_supervision, "verifiers from the large verifier's labels")


def exchange(setup: Setup) -> dict[str, JsonValue]:
    """Compare a small model that searches with a larger one: arXiv:2408.03314, section 7."""
    models, seed, told = opened(setup.models), setup.seed, setup.told
    avoid = {problem.question for problem in setup.held_out}
    rivals = Rivals(small_reasoner(avoid, told), models.large, models.reasoner)
    samples = setup.samples or _TRADED
    judged = entries(rivals, setup.held_out, samples, seed=seed, told=told)
    found = traded(judged, rivals.parameters, seed)
    if setup.plot:
        from evaluation.lab.pictures import draw_trade  # noqa: PLC0415 - of another extra

        draw_trade(found, setup.plot)
    return found.plain


EXPERIMENTS: Mapping[str, Callable[[Setup], dict[str, JsonValue]]] = {
    "prm-vs-orm": prm_vs_orm,
    "active-learning": compare_selections,
    "synthetic-supervision": compare_supervisions,
    "exchange": exchange,
}


def _compared(
    setup: Setup, compare: Callable[[Trial, Scale, Told], Comparison], title: str
) -> dict[str, JsonValue]:
    scale = Scale(seed=setup.seed)
    scale = replace(scale, samples=setup.samples or scale.samples)
    models, base = opened(setup.models), verifier_base(setup.models)
    trial = Trial(models, base, setup.held_out, scale, setup.told)
    found = compare(trial, scale, setup.told)
    if setup.plot:
        from evaluation.lab.pictures import draw_sizes  # noqa: PLC0415 - of another extra

        draw_sizes(found.curves, scale.sizes, setup.plot, title=title)
    return found.plain
