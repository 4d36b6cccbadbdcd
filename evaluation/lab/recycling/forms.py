"""How pairs, and what is asked of a teacher about them, are written in the laboratory's tokens.

No model of the laboratory speaks English: a token stands for each request, and what a teacher is
to make of it, it was taught. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evaluation.lab.problems import LONGEST_QUESTION
from evaluation.lab.task import Node, parse
from evaluation.lab.tokens import BOS, EOS, IDS, UNUSED, encode, prompt_ids
from training.pairs import Pair

Text: TypeAlias = tuple[int, list[int]]
"""So many ids that are given, and all ids."""

GUESS, INSTRUCT, RESPOND = UNUSED[:3]
"""Between what is answered and what was asked: guess what it was; ask something harder, and answer
it; answer better."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Four texts by which a student's scores of a pair are told."""

    response: Text
    response_after: Text
    instruction: Text
    instruction_after: Text


def texts(pair: Pair) -> Texts:
    """Return a pair's response alone and after its instruction, and the other way round."""
    asked, answer = encode(pair.instruction), [*encode(pair.response), IDS[EOS]]
    guess = [IDS[BOS], *encode(f"{pair.response}{GUESS}")]
    return Texts(
        response=(1, [IDS[BOS], *answer]),
        response_after=learnt(pair),
        instruction=(1, [IDS[BOS], *asked]),
        instruction_after=(len(guess), [*guess, *asked]),
    )


def learnt(pair: Pair) -> Text:
    """Return a pair as students learn from it: the instruction is given."""
    asked = prompt_ids(pair.instruction)
    return len(asked), [*asked, *encode(pair.response), IDS[EOS]]


def asked_for_instruction(pair: Pair) -> list[int]:
    """Return what a teacher goes on from with a harder instruction and its answer."""
    return [IDS[BOS], *encode(f"{pair.response}{INSTRUCT}{pair.instruction}\n")]


def asked_for_response(pair: Pair) -> list[int]:
    """Return what a teacher goes on from with a better answer."""
    return [IDS[BOS], *encode(f"{pair.response}{RESPOND}{pair.instruction}\n")]


def told_instruction(lines: Sequence[str]) -> Pair | None:
    """Read what a teacher wrote as an instruction and its answer, `None` if it is none."""
    instruction, *answer = lines
    if not answer or problem_of(instruction) is None or len(instruction) > LONGEST_QUESTION:
        return None
    return told_response(instruction, answer)


def told_response(instruction: str, lines: Sequence[str]) -> Pair | None:
    """Read what a teacher wrote as an answer, `None` if it is none."""
    return Pair(instruction, "\n".join(lines)) if _legible(lines) else None


def problem_of(instruction: str) -> Node | None:
    """Return the expression that is asked for, `None` if none is."""
    if not instruction.endswith("=?"):
        return None
    expression = parse(instruction.removesuffix("=?"))
    return expression if isinstance(expression, Node) else None


def _legible(lines: Sequence[str]) -> bool:
    written = "".join(lines)
    return bool(written) and not any(mark in written for mark in (*UNUSED, "?"))
