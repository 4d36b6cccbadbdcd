"""What a run's journal keeps of a fine-tuned model: what it got right, a line of JSON each."""

from typing import TypeAlias

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from evaluation.lab.pause.plan import Condition, Pretrained, Pretraining, Tuned, Tuning, Where
from training.journal import Journal

Answers: TypeAlias = dict[Condition, list[bool]]
"""By how a model was asked, (Q,) whether it was right."""


class Asked(TypedDict):
    """How a model was asked, and what it got right: a "1" for each such question, else a "0"."""

    where: Where
    tokens: int
    right: str


class Record(TypedDict):
    """A fine-tuned model and its answers."""

    seed: int
    pretraining: Pretraining
    task: str
    tuning: Tuning
    asked: list[Asked]


_RECORD = TypeAdapter(Record)


def line_of(model: Tuned, answers: Answers) -> bytes:
    """Return a model's line."""
    asked = [
        Asked(where=how.where, tokens=how.tokens, right="".join("01"[one] for one in own))
        for how, own in answers.items()
    ]
    base, task, tuning = model.base, model.task, model.tuning
    record = Record(
        seed=base.seed, pretraining=base.pretraining, task=task, tuning=tuning, asked=asked
    )
    return _RECORD.dump_json(record)


def kept(journal: Journal) -> dict[Tuned, Answers]:
    """Return what a journal holds.

    Raises:
        OutputRefused: a line of it is none of these.
    """
    return dict(map(_of_record, journal.read(_RECORD)))


def _of_record(told: Record) -> tuple[Tuned, Answers]:
    model = Tuned(Pretrained(told["seed"], told["pretraining"]), told["task"], told["tuning"])
    return model, {
        Condition(one["where"], one["tokens"]): [mark == "1" for mark in one["right"]]
        for one in told["asked"]
    }
