"""The questions that SmolLM2's head learns from, and how solutions of them are drawn."""

import re
from pathlib import Path

import pytest

from engines.fake import FakeEngine
from evaluation.smollm2.drawing import draw
from evaluation.smollm2.questions import Asked, draw_questions
from training.examples import read_examples

SUMS = [Asked(f"What is {i} + 1?", str(i + 1)) for i in range(3)]


async def drawn(out: Path, engine: FakeEngine, questions=SUMS) -> None:
    await draw(questions, engine, out, n=4, seed=1, progress=lambda _: None)


def test_a_seed_draws_the_same_different_questions() -> None:
    questions = draw_questions(1, 80)
    assert questions == draw_questions(1, 80)
    assert len({asked.question for asked in questions}) == 80
    assert questions != draw_questions(2, 80)


def test_questions_to_avoid_are_not_drawn() -> None:
    known = {asked.question for asked in draw_questions(1, 40)}
    assert known.isdisjoint(asked.question for asked in draw_questions(1, 40, known))


@pytest.mark.parametrize("asked", draw_questions(3, 16), ids=lambda asked: asked.question)
def test_the_truth_is_the_sum(asked: Asked) -> None:
    a, *rest = map(int, re.findall(r"\d+", asked.question))
    b = rest[0] if rest else 1
    assert int(asked.truth) in {a + b, a - b, a * b, max(a, b)}


async def test_solutions_are_written_with_their_truth_and_confidence(tmp_path: Path) -> None:
    engine = FakeEngine(lambda request, i: f"It is {i}.", logprob=lambda _, __: 0.0)
    await drawn(tmp_path / "s.jsonl", engine)
    first, *others = read_examples(tmp_path / "s.jsonl")
    assert (first.steps, first.truth, first.confidence) == (("It is 0.",), "1", 1.0)
    assert len(others) == 11


async def test_what_is_in_the_file_is_not_drawn_again(tmp_path: Path) -> None:
    engine = FakeEngine(lambda request, i: "It is 2.")
    await drawn(tmp_path / "s.jsonl", engine, SUMS[:2])
    await drawn(tmp_path / "s.jsonl", engine)
    assert len(engine.seen) == 3


async def test_solutions_that_were_cut_off_are_left_out(tmp_path: Path) -> None:
    engine = FakeEngine(lambda request, i: "and " * (100 if i else 1))
    await drawn(tmp_path / "s.jsonl", engine)
    assert len(list(read_examples(tmp_path / "s.jsonl"))) == 3
