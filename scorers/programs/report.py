"""What came of testing one program. Knows no tests."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["request", "prompt", "generated"]
"""Where tests come from: the request gives them, the prompt shows them, or a model wrote them."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The first test that a program failed.

    Attributes:
        index: of the test, from 0.
        test: what was tried, to be read by people and models.
        reason: what came of it, likewise: the error's last line, or what came and what was to come.
    """

    index: int
    test: str
    reason: str


@dataclass(frozen=True, slots=True)
class TestReport:
    """How many of the tests a program passed, and the first that it did not.

    Attributes:
        passed: tests it passed.
        total: tests there are.
        source: where they come from.
        seconds: that the whole run took; reports that differ in nothing else are equal.
        failure: the first test it failed; `None` if it passed all.
    """

    __test__ = False  # pytest takes the class for tests otherwise

    passed: int
    total: int
    source: Source
    seconds: float = field(compare=False)
    failure: Failure | None = None
