"""Runs the pause experiment: pre-trains, fine-tunes and asks every model of a plan.

Knows the order of the jobs and where their answers are kept. Needs torch.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path
from signal import SIG_DFL, SIGINT, signal
from typing import Protocol, TypeVar

import torch

from evaluation.lab.found import Told, watched
from evaluation.lab.pause.found import Findings, found
from evaluation.lab.pause.plan import Plan, Tuned
from evaluation.lab.pause.records import Answers, kept, line_of
from evaluation.lab.pause.work import Work
from training.journal import journal

FILE = "answers.jsonl"
J = TypeVar("J")
R = TypeVar("R")


class Hands(Protocol):
    """Does a job for each of some items, and gives what comes of it in any order."""

    def __call__(self, job: Callable[[J], R], items: Sequence[J], /) -> Iterable[R]:
        """Do them."""
        ...


def run(plan: Plan, folder: Path, told: Told, workers: int) -> Findings:
    """Train and ask what the folder lacks of a plan, and return what all of it came to.

    Args:
        plan: what is trained.
        folder: of this run; models and answers are kept in it.
        told: hears how far it is.
        workers: processes, of one thread each; with one it is this process.

    Raises:
        OutputRefused: the folder's answers are another plan's, or cannot be written.
    """
    with journal(folder / FILE, plan.settings) as book, _hands(workers) as hands:
        answers = kept(book)
        for model, own in _missing(plan, Work(plan, folder), answers, hands, told):
            book.add(line_of(model, own))
            answers[model] = own
    return found(
        plan, {(model, how): own for model in answers for how, own in answers[model].items()}
    )


def _missing(
    plan: Plan, work: Work, known: dict[Tuned, Answers], hands: Hands, told: Told
) -> Iterator[tuple[Tuned, Answers]]:
    """Train what is missing, seed by seed: a run that is cut short has whole seeds."""
    tunings = [job for job in plan.tunings() if job not in known]
    done = 0
    for seed in plan.all_seeds:
        own = [job for job in tunings if job.base.seed == seed]
        bases = list(dict.fromkeys(job.base for job in own))
        for _ in watched(hands(work.pretrain, bases), told, f"pre-training {seed}", len(bases)):
            pass
        for answered in hands(work.tune, own):
            yield answered
            done += 1
            told("fine-tuning", done, len(tunings))


@contextmanager
def _hands(workers: int) -> Iterator[Hands]:
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _alone) as pool:
        try:
            yield lambda job, items: _unordered(pool, job, items)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
            raise


def _unordered(pool: ProcessPoolExecutor, job: Callable[[J], R], items: Sequence[J]) -> Iterator[R]:
    for done in as_completed([pool.submit(job, item) for item in items]):
        yield done.result()


def _alone() -> None:
    """Have a worker keep to one thread, and leave it to the first process what Ctrl-C means."""
    signal(SIGINT, SIG_DFL)
    torch.set_num_threads(1)
