"""`fathom label`: solutions get labels, from people, answers, roll-outs or a larger verifier."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from app.commands.labelling import flags as own
from app.commands.labelling.asked import Asked, Drawn, Way, refuse_itself
from app.commands.labelling.by_hand import HUMAN
from app.commands.labelling.by_prm import PRM
from app.commands.labelling.by_rollouts import OMEGA, ROLLOUTS
from app.commands.labelling.from_files import OUTCOME, PRM800K
from app.commands.labelling.picking import ACTIVE, ACTIVE_PRM
from app.commands.options import (
    STEP_END,
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    LimitFlag,
    MaxAnswerTokensFlag,
    PatternFlag,
    PromptFlag,
    StepEndFlag,
    TemperatureFlag,
)
from app.commands.running import foreseen, opener
from training.label.synthetic import THRESHOLD
from training.rollouts.plan import PLACE

WAYS: Mapping[str, Way] = {
    "--by prm800k": PRM800K,
    "--by outcome": OUTCOME,
    "--by rollouts": ROLLOUTS,
    "--by omega": OMEGA,
    "--by prm": PRM,
    "--active": ACTIVE,
    "--active --by prm": ACTIVE_PRM,
    "--human": HUMAN,
}
"""The ways of labelling, by the flags that ask for them."""

_COMMON = frozenset({"file", "out", "by", "active", "human", "as_json"})


def label(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="What to label, PRM800K's rows, or questions."
        ),
    ],
    *,
    out: own.OutFlag,
    by: own.ByFlag = None,
    active: own.ActiveFlag = False,
    human: own.HumanFlag = False,
    phase: own.PhaseFlag = None,
    generation: own.GenerationFlag = None,
    skip_broken: own.SkipBrokenFlag = False,
    step_end: StepEndFlag = STEP_END,
    pattern: PatternFlag = None,
    samples: own.SamplesFlag = 16,
    rollouts: own.RolloutsFlag = 16,
    limit: LimitFlag = None,
    tokens: own.TokensFlag = None,
    temperature: TemperatureFlag = None,
    max_answer_tokens: MaxAnswerTokensFlag = None,
    prompt: PromptFlag = PLACE,
    scorer: own.LabellerFlag = None,
    threshold: own.ThresholdFlag = THRESHOLD,
    outcomes: own.OutcomesFlag = False,
    selector: own.SelectorFlag = None,
    n: own.PickedFlag = None,
    already: own.AlreadyFlag = None,
    labeler: own.LabelerFlag = None,
    quality: own.QualityFlag = None,
    seed: own.SeedFlag = 0,
    concurrency: own.ConcurrencyFlag = 4,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Label the steps or the outcomes of solutions, or pick those worth labelling."""
    way = _way(context, by, active=active, human=human)
    drawn = Drawn(samples, rollouts, limit, tokens, temperature, max_answer_tokens, prompt)
    asked = Asked(
        file=file,
        out=out,
        phase=phase,
        generations=tuple(generation or ()),
        skip_broken=skip_broken,
        step_end=step_end,
        pattern=pattern,
        scorer=scorer,
        threshold=threshold,
        outcomes=outcomes,
        selector=selector,
        n=n,
        seed=seed,
        already=tuple(already or ()),
        labeler=labeler,
        quality=quality,
        drawn=drawn,
        concurrency=concurrency,
        engine_url=engine_url,
        config=config,
        opens=lambda: opener(context),
    )
    refuse_itself(asked)
    with foreseen():
        report = way.run(asked)
    typer.echo(json.dumps(report.figures) if as_json else report.text)


def _way(context: typer.Context, by: str | None, *, active: bool, human: bool) -> Way:
    """Return the way that the flags ask for, if it has use for all of them.

    Raises:
        BadParameter: they ask for none, or one is missing, or another's.
    """
    flags = ["--active"] * active + ["--human"] * human + ([f"--by {by}"] if by else [])
    name = " ".join(flags)
    if name not in WAYS:
        known = ", ".join(WAYS)
        raise typer.BadParameter(f"{name or 'nothing'} is no way of labelling; there are: {known}")
    way = WAYS[name]
    given = {flag for flag in context.params if _given(context, flag)} - _COMMON
    for flag in sorted(given - way.flags):
        raise typer.BadParameter(f"{_spelt(flag)} has no meaning for {name}")
    for flag in way.needs:
        if flag not in given:
            raise typer.BadParameter(f"{name} needs {_spelt(flag)}")
    return way


def _given(context: typer.Context, flag: str) -> bool:
    source = context.get_parameter_source(flag)
    return source is not None and source.name != "DEFAULT"


def _spelt(flag: str) -> str:
    return f"--{flag.replace('_', '-')}"
