"""Labelled solutions for the command line: who says "b" is likelier right."""

from pathlib import Path
from random import Random

from training.examples import Example, write_examples

_SHARES = {("a", "a"): 0.3, ("a", "b"): 0.4, ("b", "b"): 0.7}


def labelled(folder: Path, questions: int = 40) -> Path:
    """Write three solutions of each question, with outcomes and with labels of steps."""
    chance, path = Random(0), folder / "labelled.jsonl"
    write_examples(path, (
        Example(
            question=f"Question {i}?",
            steps=steps,
            outcome=chance.random() < share,
            ratings=tuple(1 if chance.random() < (0.7 if s == "b" else 0.3) else -1 for s in steps),
        )
        for i in range(questions)
        for steps, share in _SHARES.items()
    ))  # fmt: skip
    return path


def sums(folder: Path) -> Path:
    """Write solutions of ten sums that a small model's judge can tell apart a little."""
    path, said = folder / "labelled.jsonl", ("It is {0}.", "I do not know.", "It is {1}.")
    write_examples(path, (
        Example(
            question=f"What is {i} + {i}?",
            steps=(text.format(2 * i, 2 * i + 3),),
            outcome=text == said[0],
        )
        for i in range(10)
        for text in said
    ))  # fmt: skip
    return path
