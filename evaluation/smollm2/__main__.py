"""`python -m evaluation.smollm2`: questions by seed, and the embedded model's solutions of them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engines.llamacpp import LlamaCppConfig, open_llamacpp
from evaluation.smollm2.drawing import draw
from evaluation.smollm2.questions import Asked, draw_questions
from training.examples import read_examples


def main(
    out: Annotated[Path, typer.Option(dir_okay=False, help="Solutions, lines of JSON.")],
    *,
    questions: Annotated[int, typer.Option(min=1, help="How many are asked.")] = 64,
    n: Annotated[int, typer.Option("--n", min=1, help="Solutions of each.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the questions, and of the solutions.")] = 1,
    avoid: Annotated[
        Path | None, typer.Option(exists=True, help="Solutions whose questions are not asked.")
    ] = None,
) -> None:
    """Draw solutions of questions with known answers; those in the file are not drawn again."""
    known = {example.question for example in read_examples(avoid)} if avoid else set()
    asyncio.run(_draw(out, draw_questions(seed, questions, known), n, seed))


async def _draw(out: Path, questions: Sequence[Asked], n: int, seed: int) -> None:
    def said(question: str) -> None:
        typer.echo(question, err=True)

    async with open_llamacpp(LlamaCppConfig()) as engine:
        await draw(questions, engine, out, n=n, seed=seed, progress=said)


if __name__ == "__main__":
    typer.run(main)
