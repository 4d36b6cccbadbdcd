"""A right program put into words, and programs made of those."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.fake import FakeEngine
from scorers.base import ScorerUnavailable
from search import Budget
from search.backtranslation import backtranslate
from search.events import Generated, Trace
from tests.search.plans import Planner, Tests, asked, kind_of
from tests.search.world import TASK, Broken, models

RIGHT = "print(6 * 7)"


async def test_a_program_is_described_and_written_again_n_times_from_the_description_alone() -> (
    None
):
    planner = Planner()
    found = await backtranslate(RIGHT, TASK, models(planner.engine), n=5)
    described, coded = planner.engine.seen
    assert (kind_of(described), kind_of(coded), coded.n) == ("describe", "code", 5)
    assert RIGHT in asked(described)
    assert found.description == "describe 1.0"
    assert found.description in asked(coded)
    assert RIGHT not in asked(coded)
    assert len(found.outcome.ranked) == 5


@pytest.mark.parametrize(
    ("words", "said"), [(10, "use 10 words at most"), (None, "Write no code.")]
)
async def test_the_description_is_as_long_as_it_may_be(words: int | None, said: str) -> None:
    planner = Planner()
    await backtranslate(RIGHT, TASK, models(planner.engine), words=words)
    assert said in asked(planner.engine.seen[0])


async def test_the_best_program_is_the_answer_and_events_are_heard() -> None:
    def reply(request, i: int) -> str:
        return f"code {i}" if kind_of(request) == "code" else "Multiply."

    trace: Trace = []
    world = models(FakeEngine(reply), Tests(lambda program: program == "code 2"))
    found = await backtranslate(RIGHT, TASK, world, n=4, sink=trace.append)
    assert found.outcome.answer.text == "code 2"
    assert len([event for event in trace if isinstance(event, Generated)]) == 2


@settings(deadline=None, max_examples=20)
@given(tokens=st.integers(1, 60))
async def test_it_never_overspends(tokens: int) -> None:
    found = await backtranslate(RIGHT, TASK, models(Planner().engine), Budget(tokens=tokens))
    assert found.outcome.usage.completion_tokens <= tokens


async def test_a_failing_scorer_is_an_error_if_the_task_has_it_so() -> None:
    task = replace(TASK, on_verifier_error="fail")
    with pytest.raises(ScorerUnavailable):
        await backtranslate(RIGHT, task, models(Planner().engine, Broken()))
