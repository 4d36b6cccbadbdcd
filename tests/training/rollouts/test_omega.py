from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Request
from engines.fake import FakeEngine
from tests.training.rollouts.world import (
    RIGHT,
    WRONG_AT_2,
    is_rollout,
    labelled,
    rolled,
    scripted,
    solution_of,
)
from training.rollouts.omega import Bisection


def wrong_at(error: int, steps: int) -> tuple[str, ...]:
    """Return a solution whose first error is step `error`, counted from 1."""
    said = ["oops" if i == error else f"step {i}" for i in range(1, steps)]
    return (*(f"{text}\n\n" for text in said), "Answer: 5")


async def test_a_wrong_solution_is_rated_up_to_its_first_error() -> None:
    labels = await labelled(scripted(RIGHT, WRONG_AT_2), "omega", samples=2)
    assert [example.ratings for example in labels.examples] == [(1, 1, 1, 1), (1, -1)]
    assert [example.outcome for example in labels.examples] == [True, False]
    assert labels.examples[1].steps == ("one", "oops", "so", "then", "Answer: 5")


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7, 8, 16])
async def test_the_first_error_is_found_wherever_it_is_in_log_s_rollouts(steps: int) -> None:
    for error in range(1, steps + 1):
        wrong = wrong_at(error, steps)
        labels = await labelled(engine := scripted(RIGHT, wrong), "omega", samples=2)
        assert labels.examples[1].ratings == (*[1] * (error - 1), -1)
        assert len(rolled(engine)) <= ceil(log2(steps))


async def test_a_right_solution_takes_no_rollouts() -> None:
    await labelled(engine := scripted(RIGHT), "omega")
    assert rolled(engine) == []


async def test_what_right_solutions_begin_with_is_known_to_be_good() -> None:
    wrong = (*RIGHT[:3], "oops\n\n", "Answer: 5")
    labels = await labelled(engine := scripted(RIGHT, wrong), "omega", samples=2)
    assert labels.examples[1].ratings == (1, 1, 1, -1)
    assert rolled(engine) == ["".join(wrong[:4])]


async def test_one_right_rollout_of_many_makes_a_beginning_good() -> None:
    def reply(request: Request, i: int) -> str:
        if is_rollout(request):
            return f"Answer: {4 if i == 3 else 0}"
        script = RIGHT if solution_of(request, i) else wrong_at(9, 4)
        return "".join(script)[len(request.text) :]

    labels = await labelled(FakeEngine(reply), "omega", samples=2)
    assert labels.examples[0].ratings == (1, 1, 1, -1)


async def test_solutions_are_searched_together_and_share_what_is_found() -> None:
    labels = await labelled(engine := scripted(RIGHT, WRONG_AT_2), "omega", samples=6)
    assert len(labels.examples) == 6
    assert len(rolled(engine)) == len(set(rolled(engine))) <= 3


async def test_solutions_of_a_question_that_none_solves_are_not_labelled() -> None:
    labels = await labelled(engine := scripted(WRONG_AT_2), "omega", samples=3)
    assert (labels.examples, labels.unsolved, rolled(engine)) == ((), 3, [])


@given(st.integers(1, 500).flatmap(lambda s: st.tuples(st.just(s), st.integers(1, s))))
def test_a_bisection_finds_every_place_in_log_s_looks(place: tuple[int, int]) -> None:
    steps, error = place
    left, looks = Bisection(0, steps), 0
    while not left.found:
        left, looks = left.narrowed(good=left.middle < error), looks + 1
    assert left.bad == error
    assert looks <= ceil(log2(steps))
