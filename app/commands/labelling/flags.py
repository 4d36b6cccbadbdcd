"""The flags of `fathom label`; which way has use for which is the ways' own affair."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

OutFlag: TypeAlias = Annotated[
    Path, typer.Option("--out", dir_okay=False, help="Where labels go, lines of JSON.")
]
ByFlag: TypeAlias = Annotated[
    str | None,
    typer.Option("--by", metavar="prm800k|outcome|prm|rollouts|omega", help="Who labels."),
]
ActiveFlag: TypeAlias = Annotated[
    bool, typer.Option("--active", help="Pick what is worth labelling; unlabelled, or --by prm.")
]
HumanFlag: TypeAlias = Annotated[bool, typer.Option("--human", help="Rate steps at this terminal.")]
PhaseFlag: TypeAlias = Annotated[
    int | None, typer.Option("--phase", min=1, max=2, help="Of PRM800K, only this.")
]
GenerationFlag: TypeAlias = Annotated[
    list[int] | None,
    typer.Option("--generation", help="Of PRM800K, only this; given again, others too."),
]
SkipBrokenFlag: TypeAlias = Annotated[
    bool, typer.Option("--skip-broken", help="Count lines that are no rows, and go on.")
]
LabellerFlag: TypeAlias = Annotated[
    str | None, typer.Option("--scorer", help="The scorer that labels --by prm.")
]
ThresholdFlag: TypeAlias = Annotated[
    float,
    typer.Option("--threshold", min=0, max=1, help="P(negative) above which a step is wrong."),
]
OutcomesFlag: TypeAlias = Annotated[
    bool, typer.Option("--outcomes", help="A solution is right iff no step is wrong.")
]
SelectorFlag: TypeAlias = Annotated[
    str | None, typer.Option("--selector", help="The scorer that picks.")
]
PickedFlag: TypeAlias = Annotated[
    int | None, typer.Option("--n", min=1, help="Picked of each question.")
]
AlreadyFlag: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--already", exists=True, dir_okay=False, help="What has labels, and is not picked."
    ),
]
LabelerFlag: TypeAlias = Annotated[
    str | None, typer.Option("--labeler", metavar="UUID", help="Who rates.")
]
QualityFlag: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--quality",
        exists=True,
        dir_okay=False,
        help="Solutions with known ratings, to compare.",
    ),
]
SamplesFlag: TypeAlias = Annotated[
    int, typer.Option("--samples", min=1, help="Solutions drawn of each question.")
]
RolloutsFlag: TypeAlias = Annotated[
    int, typer.Option("--rollouts", min=1, help="Continuations drawn of a beginning.")
]
TokensFlag: TypeAlias = Annotated[
    int | None, typer.Option("--tokens", min=1, help="The most tokens this run may draw.")
]
SeedFlag: TypeAlias = Annotated[
    int, typer.Option("--seed", help="Varies samples, and decides what is picked among equals.")
]
ConcurrencyFlag: TypeAlias = Annotated[
    int, typer.Option("--concurrency", min=1, help="Requests at once.")
]
