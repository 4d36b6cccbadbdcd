"""`fathom calibrate`: a compute-optimal policy, from questions of one's own."""

import json
import signal
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.bar import bar
from app.commands.calibrating.asked import MOST, Asked, check, pauses, sizes, which_of
from app.commands.calibrating.said import Calibrated
from app.commands.calibrating.serving import how_of, served_by
from app.commands.extras import needs
from app.commands.options import (
    AnswerFieldFlag,
    ConcurrencyFlag,
    ConfigFlag,
    EngineFlag,
    JsonFlag,
    KeyEnvFlag,
    LimitFlag,
    MaxAnswerTokensFlag,
    PromptFlag,
    QuestionFieldFlag,
    ScorerFlag,
    SeedFlag,
    TemperatureFlag,
    UrlFlag,
    endpoint,
    read_settings,
)
from app.commands.recalibrate import recalibrate
from app.commands.running import Opener, opener, run
from app.settings import Settings
from evaluation.calibrate.calibration import Calibration, Plan
from evaluation.calibrate.ease import Estimator, Probe
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.families import DEFAULT, Baseline, searches_steps, strategies
from evaluation.calibrate.how import How
from evaluation.calibrate.measured import Measured
from evaluation.datasets import Question, load, sample
from evaluation.fingerprint import PLACE
from evaluation.shapes import Fields
from search.policy import write
from search.policy.choice import PLAIN
from training.writing import OutputRefused

if TYPE_CHECKING:
    from evaluation.calibrate.fitting import Found


_KEPT = "interrupted; what was drawn is kept, and the same command goes on from there"
_MINUTES = 120
"""Seconds from which on they are told in minutes."""
_SIZES = "1,4,16,64,256"


def calibrate(
    context: typer.Context,
    *,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Questions and answers, as JSON; see `fathom eval`."),
    ] = None,
    from_traces: Annotated[
        Path | None,
        typer.Option("--from-traces", help="In place of questions: outcomes that were remembered."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="With --from-traces: what is to be refined.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A further model of the settings; with --url, its model."),
    ] = None,
    scorer: ScorerFlag = None,
    budgets: Annotated[
        str, typer.Option("--budgets", help="In plain samples of the mean length, rising.")
    ] = _SIZES,
    paused: Annotated[
        str | None,
        typer.Option("--pauses", help="Numbers of pause tokens to be measured as well, rising."),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", min=1, max=MOST, help="In each pool; the largest budget."),
    ] = None,
    probe: Annotated[
        int, typer.Option("--probe", min=1, help="Samples that tell how hard a question is.")
    ] = 4,
    estimator: Annotated[Estimator, typer.Option(help="How they tell it.")] = "score",
    which: Annotated[
        list[str] | None,
        typer.Option(
            "--strategies",
            metavar="KIND|JSON",
            help="What is measured, in place of `default` or, given again, beside it.",
        ),
    ] = None,
    baseline: Annotated[Baseline, typer.Option(help="What the policy is held against.")] = (
        "best_of_n"
    ),
    bins: Annotated[int, typer.Option(min=1, help="Quantiles of difficulty.")] = 5,
    seed: SeedFlag = 0,
    limit: LimitFlag = None,
    concurrency: ConcurrencyFlag = 4,
    temperature: TemperatureFlag = None,
    max_answer_tokens: MaxAnswerTokensFlag = None,
    prompt: PromptFlag = PLACE,
    question_field: QuestionFieldFlag = None,
    answer_field: AnswerFieldFlag = None,
    out: Annotated[
        Path, typer.Option("--out", dir_okay=False, help="Where the policy goes.")
    ] = Path("policy.yaml"),
    report: Annotated[
        Path | None, typer.Option("--report", file_okay=False, help="Where the report goes.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--run", file_okay=False, help="Where records go.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is paid for.")] = False,
    as_json: JsonFlag = False,
    url: UrlFlag = None,
    key_env: KeyEnvFlag = None,
    engine_url: EngineFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Measure strategies on questions, and write down which pays for which difficulty."""
    if from_traces is not None:
        recalibrate(from_traces, _given(policy, data), out, seed, as_json)
        return
    data = _questions(data, policy)
    needs("evaluate", "numpy", "sklearn", *(["matplotlib"] if report else []))
    asked = Asked(
        data=data,
        fields=Fields(question_field, answer_field),
        model=model,
        scorer=scorer,
        sizes=sizes(budgets),
        pauses=pauses(paused),
        samples=samples,
        probe=Probe(estimator, 0 if estimator == "prompt" else probe),
        which=which_of(which or [DEFAULT]),
        baseline=baseline,
        bins=bins,
        seed=seed,
        limit=limit,
        concurrency=concurrency,
        temperature=temperature,
        max_answer_tokens=max_answer_tokens,
        prompt=prompt,
        out=out,
        report=report,
        folder=folder,
        yes=yes,
        where={"--url": url, "--key-env": key_env, "--engine-url": engine_url, "--config": config},
    )
    check(asked)
    settings = read_settings(config, engine_url, endpoint(url, model if url else None, key_env))
    done = run(_calibrate(opener(context), settings, asked), interrupted=_KEPT)
    typer.echo(json.dumps(done.plain()) if as_json else "\n".join(done.lines()))


def _given(policy: Path | None, data: Path | None) -> Path:
    """Return the policy that traffic is to refine."""
    if policy is None or data is not None:
        how = "it goes with --policy, and with no --data"
        raise typer.BadParameter(how, param_hint="--from-traces")
    return policy


def _questions(data: Path | None, policy: Path | None) -> Path:
    """Return the file of questions that a policy is to be made of."""
    if data is None or policy is not None:
        how = "it is needed without --from-traces, and --policy goes with that"
        raise typer.BadParameter(how, param_hint="--data")
    return data


async def _calibrate(open_service: Opener, settings: Settings, asked: Asked) -> Calibrated:
    questions = sample(load(asked.data, asked.fields), asked.limit, asked.seed)
    async with open_service(settings) as service:
        how = how_of(asked, served_by(asked, service))
        calibration = _calibration(asked, how, questions)
        plan = await calibration.plan()
        _confirm(plan, how, asked)
        measured = await calibration.measure(plan)
    found = _fitted(asked, how, measured)
    write(found.fitted.policy, asked.out)
    if asked.report is not None:
        _report(found, asked.report)
    return Calibrated(asked, how.folder, found, measured, asked.command(how))


def _calibration(asked: Asked, how: How, questions: Sequence[Question]) -> Calibration:
    able = how.models.engine.capabilities
    if asked.probe.estimator == "first_token" and not able.alternatives:
        raise CannotCalibrate(f"the engine of {able.model} gives no log-probabilities: --estimator")
    found = strategies(asked.which, asked.sizes, stepwise=searches_steps(how.models))
    wanted = [PLAIN, *asked.compared, *found]
    each = [one for place, one in enumerate(wanted) if one not in wanted[:place]]
    return Calibration(questions, each, how, asked.size, asked.probe, bar, asked.pauses[1:])


def _confirm(plan: Plan, how: How, asked: Asked) -> None:
    """Say what it is going to cost, and ask whether to go on, on a terminal."""
    kinds = ", ".join(dict.fromkeys(one.kind for one in plan.live))
    typer.echo(
        f"{len(plan.replayed)} strategies are replayed, {len(plan.live)} searched for"
        f"{f' ({kinds})' if kinds else ''}; records go to {how.folder}\n"
        f"still to do: at most {plan.searches} searches of {plan.samples} samples, "
        f"about {plan.tokens} tokens and {_lasting(plan.seconds)}",
        err=True,
    )
    if asked.yes or not plan.searches or not sys.stdin.isatty():
        return
    # The loop would hold Ctrl-C back until the question is answered.
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        typer.confirm("Go on?", default=True, abort=True, err=True)
    finally:
        signal.signal(signal.SIGINT, held)


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < _MINUTES else f"{seconds / 60:.0f} minutes"


def _fitted(asked: Asked, how: How, measured: Measured) -> "Found":
    from evaluation.calibrate.fitting import Aim, fitted  # noqa: PLC0415 - in an extra
    from evaluation.outcomes import CannotFit  # noqa: PLC0415

    aim = Aim(
        how.models.engine.capabilities.model,
        asked.probe,
        asked.sizes,
        asked.compared,
        asked.bins,
        asked.seed,
        asked.command(how),
        date.today(),
        asked.pauses,
        how.models.engine.capabilities.flops_per_token,
    )
    try:
        return fitted(measured, aim)
    except CannotFit as error:
        raise CannotCalibrate(str(error)) from error


def _report(found: "Found", folder: Path) -> None:
    from evaluation.policy_report import write_report  # noqa: PLC0415 - in an extra

    try:
        write_report(folder, found.outcomes, found.fitted, found.about)
    except OSError as error:
        raise OutputRefused(folder, f"cannot be written: {error.strerror}") from error
