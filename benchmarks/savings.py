"""`python -m benchmarks.savings FILE`: what votes that end early draw, against one that does not.

The same questions are asked of the embedded model by `majority` and by the strategies that stop it
early. What is compared is drawn by chance, each time anew: accuracies have their intervals, and
what was drawn has that of its ratio to `majority`'s, over the questions.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.service import open_service
from app.settings import Settings
from engines.base import Sampling
from evaluation.datasets import Question, load, sample
from evaluation.records import Answered, Record
from evaluation.run import evaluate
from evaluation.statistics import ratio, wilson
from search import Budget, Models
from search.strategies import AdaptiveConsistency, EarlyStoppingConsistency, Majority, Strategy


@dataclass(frozen=True, slots=True)
class Asked:
    """How each strategy asks the questions."""

    questions: Sequence[Question]
    sampling: Sampling
    prompt: str
    seed: int
    concurrency: int


def main(
    dataset: Path,
    *,
    n: Annotated[int, typer.Option(help="The most samples of a question.")] = 40,
    limit: Annotated[int, typer.Option(help="Questions, chosen by the seed.")] = 40,
    seed: int = 0,
    temperature: float = 0.8,
    max_answer_tokens: int = 24,
    prompt: str = "{question} Reply with the number alone.",
    concurrency: int = 2,
) -> None:
    """Measure the savings of early-stopping votes on real questions."""
    questions = sample(load(dataset), limit, seed)
    sampling = Sampling(max_answer_tokens, temperature)
    asked = Asked(questions, sampling, prompt, seed, concurrency)
    strategies = [
        Majority(n=n),
        AdaptiveConsistency(n=n),
        AdaptiveConsistency(n=n, batch=5),
        AdaptiveConsistency(n=n, rule="dirichlet"),
        EarlyStoppingConsistency(n=n),
    ]
    runs = asyncio.run(_runs(strategies, asked))
    typer.echo("| strategy | right | samples a question | of majority's | tokens, of majority's |")
    typer.echo("|---|---|---|---|---|")
    for strategy, records in zip(strategies, runs, strict=True):
        typer.echo(_row(strategy, records, runs[0]))


async def _runs(strategies: Sequence[Strategy], asked: Asked) -> list[list[Record]]:
    async with open_service(Settings()) as service:
        return [await _run(strategy, service.models(), asked) for strategy in strategies]


async def _run(strategy: Strategy, models: Models, asked: Asked) -> list[Record]:
    records: list[Record] = []
    with tempfile.TemporaryDirectory() as folder:
        await evaluate(
            asked.questions,
            strategy,
            models,
            Budget(),
            sampling=asked.sampling,
            seed=asked.seed,
            concurrency=asked.concurrency,
            prompt=asked.prompt,
            out=Path(folder) / "records.jsonl",
            progress=records.append,
        )
    return sorted(records, key=lambda record: record.id)


def _row(strategy: Strategy, records: Sequence[Record], all_: Sequence[Record]) -> str:
    told = [record for record in records if isinstance(record, Answered)]
    right, drawn = sum(record.right for record in told), [record.solutions for record in told]
    low, high = wilson(right, len(records))
    parameters = strategy.model_dump(exclude_defaults=True)
    name = " ".join([strategy.kind, *(f"{key}={value}" for key, value in parameters.items())])
    cells = [
        name,
        f"{right}/{len(records)} [{100 * low:.0f}, {100 * high:.0f}] %",
        f"{sum(drawn) / len(told):.1f}",
        _share(drawn, [record.solutions for record in all_ if isinstance(record, Answered)]),
        _share(_tokens(records), _tokens(all_)),
    ]
    return f"| {' | '.join(cells)} |"


def _tokens(records: Sequence[Record]) -> list[int]:
    return [record.generator.completion_tokens for record in records]


def _share(ours: Sequence[float], theirs: Sequence[float]) -> str:
    share, (low, high) = ratio(ours, theirs)
    return f"{share:.2f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    typer.run(main)
