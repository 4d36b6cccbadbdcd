"""What a request's tests change: who judges, and which answers are the same.

Knows requests' words on it, and no way to run anything.
"""

from collections.abc import Mapping, Sequence

from engines.base import DEFAULT
from scorers.answers import Grader
from scorers.base import Scorer
from scorers.programs.behaviour import Behaviour
from scorers.programs.from_prompt import public_tests
from scorers.programs.sandbox import Sandbox
from scorers.programs.telling import examiner_of
from scorers.programs.tests import AnyTest
from search.errors import StrategyRefused


def with_tests(
    names: Sequence[str] | None, scorers: Mapping[str, Scorer], within: str
) -> Sequence[str]:
    """Return the scorers that a request with tests has: those it names, or first who runs tests.

    Raises:
        StrategyRefused: it names none, and there is none that runs tests.
    """
    if names is not None:
        return names
    running = [name for name, scorer in scorers.items() if examiner_of(scorer)]
    if not running:
        raise StrategyRefused("there is no scorer here that runs `tests`", param=f"{within}tests")
    return (running[0], DEFAULT)


def told(scorers: Sequence[Scorer], tests: Sequence[AnyTest], within: str) -> tuple[Scorer, ...]:
    """Return a chain of scorers, those that run tests told which.

    Raises:
        StrategyRefused: there are tests, and none of the scorers runs any.
    """
    if not tests:
        return tuple(scorers)
    if not any(examiner_of(scorer) for scorer in scorers):
        raise StrategyRefused(
            f"scorer {scorers[0].name} runs no `tests`; choose a `scorer` that does, as "
            "`unit_tests`, or none",
            param=f"{within}tests",
        )
    return tuple(
        examiner.told_tests(tests) if (examiner := examiner_of(scorer)) else scorer
        for scorer in scorers
    )


def grader_of(
    scorers: Sequence[Scorer],
    grader: Grader,
    sandbox: Sandbox,
    tests: Sequence[AnyTest],
    prompt_text: str,
) -> Grader:
    """Return who groups the answers of a search: by behaviour, if tests are what judges them.

    Args:
        scorers: the chain.
        grader: who groups other answers.
        sandbox: where programs are run.
        tests: the request's.
        prompt_text: what was asked last, whose tests count where the request gives none.
    """
    if examiner_of(scorers[0]) is None:
        return grader
    known = tests or public_tests(prompt_text)
    return Behaviour(sandbox, grader, known, prompt_text) if known else grader
