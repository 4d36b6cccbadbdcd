"""`fathom sandbox`: programs that nobody vouches for, served, run once, and the self-test."""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from app.commands.options import JsonFlag, sentence
from sandbox.ceiling import Ceiling
from sandbox.errors import NoTier, SandboxError
from sandbox.run import run
from sandbox.serving import KEY, serve
from sandbox.started import start
from sandbox.tier import Tier, choose
from sandbox.wire import MEBIBYTE, Executed, Execution, Limits

PORT = 8020
_NAME = "main.py"
_Bubblewrap = Annotated[
    Path | None,
    typer.Option("--bwrap", exists=True, dir_okay=False, help="The only bubblewrap to use."),
]
_DEFAULT = Ceiling()
sandbox = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@sandbox.callback(invoke_without_command=True)
def serve_sandboxes(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for any that is free.")] = PORT,
    runs: Annotated[int, typer.Option(min=1, help="Programs at once.")] = _DEFAULT.runs,
    queue: Annotated[int, typer.Option(min=0, help="Requests that wait.")] = _DEFAULT.queue,
    warm: Annotated[int, typer.Option(min=1, help="Sandboxes started ahead.")] = _DEFAULT.warm,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of a run, at most.")] = _DEFAULT.seconds,
    memory_mb: Annotated[
        int, typer.Option(min=32, help="MiB of all processes of a run, at most.")
    ] = _DEFAULT.memory_bytes // MEBIBYTE,
    bubblewrap: _Bubblewrap = None,
) -> None:
    """Run programs that nobody vouches for: serve `POST /execute`."""
    if context.invoked_subcommand is not None:
        return
    ceiling = Ceiling(runs, queue, warm, seconds, memory_mb * MEBIBYTE)
    key = os.environ.pop(KEY, None)

    async def serving() -> None:
        tier = await choose(bubblewrap)
        typer.echo(f"  sandbox  {tier.name}, Python {tier.recipe.interpreter.version}")
        await serve(
            tier.recipe, ceiling, host=host, port=port, key=key,
            announce=lambda url: typer.echo(f"  address  {url}"),
        )  # fmt: skip

    try:
        asyncio.run(serving())
    except SandboxError as error:
        _fail(error)


@sandbox.command("exec")
def execute(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A Python program.")],
    *,
    stdin: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file with its input.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Of wall-clock time.")] = Limits().seconds,
    memory_mb: Annotated[int, typer.Option(help="MiB of memory, a process.")] = 512,
    bubblewrap: _Bubblewrap = None,
    as_json: JsonFlag = False,
) -> None:
    """Run one program, print what it prints, and end with its exit code."""
    try:
        limits = Limits(seconds=seconds, memory_bytes=memory_mb * MEBIBYTE)
        program = {"name": _NAME, "content": file.read_text()}
        job = Execution.model_validate(
            {"files": [program], "stdin": stdin.read_text() if stdin else "", "limits": limits}
        )
    except ValidationError as error:
        raise typer.BadParameter(sentence(error)) from error
    try:
        executed = asyncio.run(_execute(job, bubblewrap))
    except SandboxError as error:
        _fail(error)
    _show(executed, as_json)
    raise typer.Exit(1 if executed.exit_code is None else executed.exit_code)


@sandbox.command("check")
def check(*, bubblewrap: _Bubblewrap = None, as_json: JsonFlag = False) -> None:
    """Say line by line whether programs can be run here; exit with code 1 if they cannot."""
    tested: list[Tier] = []

    failure: NoTier | None = None
    try:
        asyncio.run(choose(bubblewrap, tested.append))
    except NoTier as error:
        failure = error
    typer.echo(_as_json(tested, failure) if as_json else _lines(tested))
    if failure is not None:
        typer.echo(f"Error: {failure.remedy if tested else failure}", err=True)
        raise typer.Exit(1)


async def _execute(job: Execution, bubblewrap: Path | None) -> Executed:
    tier = await choose(bubblewrap)
    waiting = await start(tier.recipe, job.limits.disk_bytes)
    try:
        return await run(waiting, job, memory_bytes=_DEFAULT.memory_bytes)
    finally:
        await waiting.end()


def _show(executed: Executed, as_json: bool) -> None:
    if as_json:
        typer.echo(executed.model_dump_json())
        return
    sys.stdout.write(executed.stdout)
    sys.stderr.write(executed.stderr)
    if executed.ended != "exit":
        typer.echo(f"ended by {executed.ended} after {executed.seconds:.2f} s", err=True)


def _as_json(tested: list[Tier], failure: NoTier | None) -> str:
    tiers_ = [
        {"name": tier.name, "holds": tier.holds, "findings": [asdict(f) for f in tier.findings]}
        for tier in tested
    ]
    return json.dumps({"holds": failure is None, "tiers": tiers_, **_failure(failure)})


def _failure(failure: NoTier | None) -> dict[str, object]:
    return {"missing": list(failure.missing), "remedy": failure.remedy} if failure else {}


def _lines(tested: list[Tier]) -> str:
    lines = []
    for tier in tested:
        lines.append(tier.name)
        for finding in tier.findings:
            mark = "ok  " if finding.holds else "FAIL"
            lines.append(f"  {mark}  {finding.what}: {finding.seen}")
    return "\n".join(lines)


def _fail(error: SandboxError) -> NoReturn:
    typer.echo(f"Error: {error}", err=True)
    raise typer.Exit(1) from error
