"""Problems whose ideas are known."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.ideas.problem import FUNCTION, IDEAS, idea, problems
from scorers.programs.tests import CallTest


def value(place: int, n: int) -> object:
    """Return what an idea's program, as it is written, returns."""
    names: dict[str, object] = {}
    exec(idea(place).program, names)
    function = names[FUNCTION]
    assert callable(function)
    return function(n)


def test_any_two_ideas_differ_on_a_public_test() -> None:
    inputs = [test.arguments[0] for test in problems(1, 0)[0].task.public if test.kind == "call"]
    seen = [tuple(value(place, int(str(n))) for n in inputs) for place in range(IDEAS)]
    assert all(one != other for one, other in combinations(seen, 2))


@given(st.integers(2, 40), st.integers(0, 1000))
def test_the_tests_are_what_the_right_programs_return(number: int, seed: int) -> None:
    for problem in problems(number, seed):
        for test in (*problem.task.public, *problem.task.private):
            assert isinstance(test, CallTest)
            assert test.returns == value(problem.right, int(str(test.arguments[0])))


@given(st.integers(2, 40), st.integers(0, 1000))
def test_ideas_come_to_mind_by_chances_that_fall_and_sum_to_one(number: int, seed: int) -> None:
    for problem in problems(number, seed):
        weights = [problem.weights[place] for place in problem.order]
        assert weights == sorted(weights, reverse=True)
        assert abs(sum(weights) - 1) < 1e-9


@given(st.integers(2, 40), st.integers(0, 1000))
def test_a_rare_idea_is_the_first_of_few_and_a_common_one_of_most(number: int, seed: int) -> None:
    for problem in problems(number, seed):
        chance = problem.weights[problem.right]
        rank = problem.order.index(problem.right)
        assert (chance < 0.02 and rank > 0) if problem.kind == "rare" else rank == 0
