"""Examples read, sorted out, and split by question. Knows no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.examples import Example
from training.tuning.batches import held_out
from training.tuning.errors import NothingToLearn
from training.tuning.progress import Progress, Told
from training.verifier.config import TrainConfig
from training.verifier.reading import Reader, Reading
from training.verifier.report import Counts
from training.verifier.targets import Item, item

_TOLD_EVERY = 256


@dataclass(frozen=True, slots=True)
class Sample:
    """An example with a label, as it is read, and what is learnt from it."""

    example: Example
    reading: Reading
    item: Item


@dataclass(frozen=True, slots=True)
class Data:
    """Samples to learn from and to check on: no question has some of both."""

    trained: tuple[Sample, ...]
    held_out: tuple[Sample, ...]
    counts: Counts


def read(
    config: TrainConfig, examples: Sequence[Example], reader: Reader, longest: int, told: Told
) -> Data:
    """Read examples, and leave out those without a label or with more than `longest` tokens.

    Raises:
        NothingToLearn: none is left to learn from.
        Unreadable: one's steps cannot be told apart.
    """
    samples = []
    for place, example in enumerate(examples):
        reading = reader.read(example)
        samples.append(Sample(example, reading, item(config, example, reading)))
        if place % _TOLD_EVERY == 0:
            told(Progress("reading", place, len(examples)))
    labelled = [sample for sample in samples if sample.item.places]
    fitting = [sample for sample in labelled if len(sample.reading.ids) <= longest]
    apart = held_out((s.example.question for s in fitting), config.validation, config.seed)
    trained = tuple(s for s in fitting if s.example.question not in apart)
    checked = tuple(s for s in fitting if s.example.question in apart)
    counts = _counted(samples, labelled, trained, checked)
    if not counts.trained:
        raise NothingToLearn(
            f"no solution is left to learn from: of {counts.examples}, {counts.unlabelled} have no "
            f"label for {_FOR[config.kind]}, {counts.too_long} more than {longest} tokens"
        )
    return Data(trained, checked, counts)


_FOR = {"prm": "a PRM, `ratings` or `values`", "orm": "an ORM, `outcome`"}


def _counted(
    samples: Sequence[Sample],
    labelled: Sequence[Sample],
    trained: Sequence[Sample],
    apart: Sequence[Sample],
) -> Counts:
    return Counts(
        examples=len(samples),
        unlabelled=len(samples) - len(labelled),
        too_long=len(labelled) - len(trained) - len(apart),
        trained=len(trained),
        held_out=len(apart),
        questions=len({sample.example.question for sample in trained}),
        held_out_questions=len({sample.example.question for sample in apart}),
    )
