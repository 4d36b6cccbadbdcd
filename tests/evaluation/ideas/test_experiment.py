"""Plan search where ideas are known, with programs that are run in the real sandbox."""

from collections.abc import AsyncIterator

import pytest

from evaluation.ideas.experiment import Found, measure
from evaluation.ideas.model import mentioned
from evaluation.ideas.problem import idea, problems
from scorers.programs.sandbox import OwnSandbox

pytestmark = pytest.mark.timeout(180)  # hundreds of programs are run


@pytest.fixture(scope="module")
async def found() -> AsyncIterator[Found]:
    async with OwnSandbox() as sandbox:
        yield await measure(problems(4, 0), sandbox, budgets=(9_000,))


async def test_plan_search_is_ahead_where_the_right_idea_is_rare(found: Found) -> None:
    [ahead] = found.ahead["rare"]
    assert ahead.value >= 0.5
    assert found.tokens["rare"]["plan_search"][0] <= found.tokens["rare"]["repeated_sampling"][0]


async def test_it_loses_nothing_where_the_right_idea_is_common(found: Found) -> None:
    assert [one.value for one in found.accuracy["common"]["repeated_sampling"]] == [1]
    assert [one.value for one in found.ahead["common"]] == [0]


async def test_the_gain_of_drawing_more_rises_with_the_diversity_of_ideas(found: Found) -> None:
    assert 0 < found.diversity.value < 1
    assert found.correlation.value > 0
    assert found.plain["seed"] == 0


@pytest.mark.parametrize("place", range(3))
def test_an_idea_is_known_by_its_words_and_by_its_program(place: int) -> None:
    assert mentioned(f"One may {idea(place).words}.") == (place,)
    assert mentioned(idea(place).program) == (place,)
