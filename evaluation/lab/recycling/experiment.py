"""`fathom lab recycle`: the pieces of a run, two at a time, each kept once it is done."""

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeAlias

import torch
from pebble import ProcessPool
from pydantic import TypeAdapter
from transformers.utils import logging

from evaluation.lab.errors import NothingSelected
from evaluation.lab.found import Told, watched
from evaluation.lab.models import TEACHER, present
from evaluation.lab.recycling import work
from evaluation.lab.recycling.outcome import Recycled, recycled
from evaluation.lab.recycling.plan import ARMS, BASE, Lesson, Plan
from evaluation.lab.recycling.versions import Judged
from training.journal import Journal, journal

_RUN = "run.jsonl"
_AT_ONCE = 2
"""Processes; each keeps to one core."""
_LESSON = TypeAdapter(Lesson)

Piece: TypeAlias = Callable[[], Any]
"""Some work: a function of `work` with what it is asked for."""


def recycle(plan: Plan, told: Told) -> Recycled:
    """Do all that the folder lacks, and compare what came of it.

    Raises:
        NoModels: the large model is not there.
        NothingSelected: of a seed's set; there is nothing to compare.
        OutputRefused: the folder cannot be written, or is another run's.
    """
    present(plan.models / TEACHER)
    with journal(plan.folder / _RUN, plan.settings) as book, _processes() as pool:
        models: list[Piece] = [partial(work.make_teacher, plan), partial(work.make_student, plan)]
        sets: list[Piece] = [partial(work.make_pairs, plan, seed) for seed in plan.scale.every]
        for doing, pieces in (("teacher and student", models), ("reflecting", sets)):
            for _ in watched(_done(pool, pieces), told, doing, len(pieces)):
                pass
        judged = [one for seed in plan.scale.every for one in _selected(plan, seed)]
        lessons = _lessons(pool, plan, book, told)
    return recycled(lessons, judged, len(plan.held_out), plan.scale.seed)


def _selected(plan: Plan, seed: int) -> list[Judged]:
    """Return a seed's set, of which something is selected."""
    judged = plan.read_judged(seed)
    if not any(one.chosen for one in judged):
        raise NothingSelected(seed)
    return judged


def _lessons(pool: ProcessPool, plan: Plan, book: Journal, told: Told) -> list[Lesson]:
    """Return what came of each student: what the journal has, and the others, which it gets."""
    wanted = [(plan.scale.seed, BASE)]
    wanted += [(seed, arm) for arm in ARMS for seed in plan.scale.every]
    found = [lesson for lesson in book.read(_LESSON) if (lesson.seed, lesson.arm) in wanted]
    done = {(lesson.seed, lesson.arm) for lesson in found}
    lacking = [one for one in wanted if one not in done]
    pieces: list[Piece] = [partial(work.learn_from, plan, seed, arm) for seed, arm in lacking]
    for lesson in watched(_done(pool, pieces), told, "students", len(pieces)):
        book.add(json.dumps(asdict(lesson)).encode())
        found.append(lesson)
    return found


def _done(pool: ProcessPool, pieces: Sequence[Piece]) -> Iterator[Any]:
    """Have pieces done, and give what each comes to as it is."""
    for future in as_completed([pool.schedule(piece) for piece in pieces]):
        yield future.result()


@contextmanager
def _processes() -> Iterator[ProcessPool]:
    """Open processes, and end them with whatever they are at."""
    pool = ProcessPool(_AT_ONCE, initializer=_alone, context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble's
        pool.join()


def _alone() -> None:
    """Keep a process to one core and silent, and leave Ctrl-C to the one that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
