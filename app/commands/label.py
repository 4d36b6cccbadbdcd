"""`fathom label`: solutions get labels, from people's files, an answer, a verifier or a person."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from app.commands.labelling.asked import Asked, Way, lines, refuse_itself
from app.commands.labelling.by_hand import HUMAN
from app.commands.labelling.by_prm import PRM
from app.commands.labelling.from_files import OUTCOME, PRM800K
from app.commands.labelling.picking import ACTIVE, ACTIVE_PRM
from app.commands.options import ConfigFlag, EngineFlag, JsonFlag
from app.commands.running import foreseen, opener
from training.label.solutions import STEP_END
from training.label.synthetic import THRESHOLD

WAYS: Mapping[str, Way] = {
    "--by prm800k": PRM800K,
    "--by outcome": OUTCOME,
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
        Path, typer.Argument(exists=True, dir_okay=False, help="What to label, or PRM800K's rows.")
    ],
    *,
    out: Annotated[Path, typer.Option(dir_okay=False, help="Where labels go, lines of JSON.")],
    by: Annotated[
        str | None, typer.Option("--by", metavar="prm800k|outcome|prm", help="Who labels.")
    ] = None,
    active: Annotated[
        bool,
        typer.Option("--active", help="Pick what is worth labelling; unlabelled, or --by prm."),
    ] = False,
    human: Annotated[bool, typer.Option("--human", help="Rate steps at this terminal.")] = False,
    phase: Annotated[int | None, typer.Option(min=1, max=2, help="Of PRM800K, only this.")] = None,
    generation: Annotated[
        list[int] | None, typer.Option(help="Of PRM800K, only this; given again, others too.")
    ] = None,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Count lines that are no rows, and go on.")
    ] = False,
    split: Annotated[
        str, typer.Option(help=r"Where a text is split into steps; \n is a newline.")
    ] = STEP_END.encode("unicode_escape").decode(),
    pattern: Annotated[
        str | None, typer.Option(help="A regular expression that finds the final answer.")
    ] = None,
    scorer: Annotated[str | None, typer.Option(help="The scorer that labels --by prm.")] = None,
    threshold: Annotated[
        float, typer.Option(min=0, max=1, help="P(negative) above which a step is wrong.")
    ] = THRESHOLD,
    outcomes: Annotated[
        bool, typer.Option("--outcomes", help="A solution is right iff no step is wrong.")
    ] = False,
    selector: Annotated[str | None, typer.Option(help="The scorer that picks.")] = None,
    n: Annotated[int | None, typer.Option("--n", min=1, help="Picked of each question.")] = None,
    seed: Annotated[int, typer.Option(help="Decides between equally convincing ones.")] = 0,
    already: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="What has labels, and is not picked."),
    ] = None,
    labeler: Annotated[str | None, typer.Option(metavar="UUID", help="Who rates.")] = None,
    quality: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Solutions with known ratings, to compare."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests to a scorer at once.")] = 4,
    as_json: JsonFlag = False,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Label the steps or the outcomes of solutions, or pick those worth labelling."""
    way = _way(context, by, active=active, human=human)
    step_end = split.replace(r"\n", "\n").replace(r"\t", "\t")
    if not step_end:
        raise typer.BadParameter("--split is empty")
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
        concurrency=concurrency,
        engine_url=engine_url,
        config=config,
        opens=lambda: opener(context),
    )
    refuse_itself(asked)
    with foreseen():
        report = way.run(asked)
    typer.echo(json.dumps(report) if as_json else lines(report))


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
