"""`python -m evaluation.ideas`: what plan search gains over repeated sampling, and where."""

import asyncio
import json
import sys
from typing import Annotated

import structlog
import typer

from evaluation.ideas.experiment import Found, measure
from evaluation.ideas.problem import problems
from scorers.programs.sandbox import OwnSandboxConfig, open_sandbox


def main(
    *,
    number: Annotated[
        int, typer.Option("--problems", min=4, help="Rare and common ones by turns.")
    ] = 80,
    seed: Annotated[int, typer.Option(help="Of the problems, and of all samples.")] = 0,
) -> None:
    """Print what was found, as JSON; the programs are run in a sandbox of this process's own."""
    found = asyncio.run(_measured(number, seed))
    typer.echo(json.dumps(found.plain))


async def _measured(number: int, seed: int) -> Found:
    async with open_sandbox(OwnSandboxConfig()) as sandbox:
        return await measure(problems(number, seed), sandbox, seed=seed, told=_said)


def _said(doing: str) -> None:
    typer.echo(doing, err=True)


if __name__ == "__main__":
    # Standard output is the figures'.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    typer.run(main)
