"""The reasoner that comes along, on the real embedded engine."""

import random
from collections.abc import AsyncIterator

import pytest

from engines.base import Request, Sampling
from engines.conversation import Conversation, Message
from engines.llamacpp import LlamaCppConfig, open_llamacpp
from engines.llamacpp_client import LlamaCpp
from evaluation.lab.task import draw_problem, judge
from evaluation.lab.tokens import encode, prompt_ids
from scorers.answers import final_answer
from weights import REASONER

pytestmark = pytest.mark.embedded


@pytest.fixture
async def reasoner() -> AsyncIterator[LlamaCpp]:
    config = LlamaCppConfig(model=REASONER, context=8192, slots=32, threads=1)
    async with open_llamacpp(config) as engine:
        yield engine


async def answer(engine: LlamaCpp, question: str) -> str:
    prompt = await engine.render(Conversation((Message("user", question),)))
    request = Request("1.0", prompt, (), 1, Sampling(200, temperature=0), seed=1)
    return (await engine.generate(request)).samples[0].step.text


async def test_a_question_is_answered_line_by_line(reasoner: LlamaCpp):
    said = await answer(reasoner, "(7+5)*3-8*2=?")
    assert judge("(7+5)*3-8*2=?", said.split("\n")) == [True] * 5
    found = final_answer(said)
    assert found
    assert (found.text, found.kind) == ("20", "marked")


async def test_tokens_are_those_it_was_taught_with(reasoner: LlamaCpp):
    text = "(1+2)*3-45=?\n3*3-45\nAnswer: 6789 Wrong: Retry:"
    assert await reasoner.tokenize(text) == tuple(encode(text))
    prompt = await reasoner.render(Conversation((Message("user", "1+2=?"),)))
    assert list(prompt.ids or ()) == prompt_ids("1+2=?")


async def test_most_easy_questions_are_answered_right(reasoner: LlamaCpp):
    rng = random.Random(3)
    problems = [draw_problem(rng, 2) for _ in range(20)]
    said = [await answer(reasoner, problem.question) for problem in problems]
    right = [s.endswith(f"Answer: {p.answer}") for s, p in zip(said, problems, strict=True)]
    assert sum(right) > 12
