"""The pairwise comparison of `fathom compare --prompts`, from flags to what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from app.commands.bar import bar
from app.commands.comparing.models import Served, Way, answering, judging
from app.commands.comparing.said import Compared
from app.commands.evaluate import FOLDER
from app.commands.running import Opener
from app.settings import Settings
from evaluation.datasets import sample
from evaluation.pairwise.prompts import read_prompts
from evaluation.pairwise.records import Judged, Record
from evaluation.pairwise.run import Listener, Match
from training.journal import fingerprint


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments."""

    first: str
    second: str
    prompts: Path
    judge: str
    judge_tokens: int
    way: Way
    limit: int | None
    seed: int
    concurrency: int
    out: Path | None


async def compared(open_service: Opener, settings: Settings, asked: Asked) -> Compared:
    """Have both answer, and the judge rate."""
    prompts = sample(read_prompts(asked.prompts), asked.limit, asked.seed)
    async with open_service(settings) as service:
        first, second = (
            answering(name, service, asked.way) for name in (asked.first, asked.second)
        )
        judge = judging(asked.judge, service, asked.judge_tokens)
        match = Match(first, second, judge, asked.seed)
        name = f"{asked.prompts.stem}-pairwise-{fingerprint(match.setup)}.jsonl"
        out = asked.out or FOLDER / name
        typer.echo(f"comparing on {len(prompts)} prompts; records go to {out}", err=True)
        own = [side.name for side in (first, second)
               if isinstance(side, Served) and side.model == judge.model]  # fmt: skip
        with _watched(len(prompts)) as progress:
            tally = await match.play(prompts, out, concurrency=asked.concurrency, progress=progress)
    given = (asked.first, asked.second, asked.judge)
    return Compared(*given, tuple(dict.fromkeys(own)), asked.seed, tally, out)


@contextmanager
def _watched(n: int) -> Iterator[Listener]:
    """Show how far it is."""
    verdicts: list[str] = []
    with bar(n, "comparing") as advance:

        def hear(record: Record) -> None:
            verdict = record.verdict if isinstance(record, Judged) else None
            verdicts.append(verdict or "none")
            counts = (f"{verdicts.count(v)} {v}" for v in ("win", "tie", "lose", "none"))
            advance(", ".join(counts))

        yield hear
