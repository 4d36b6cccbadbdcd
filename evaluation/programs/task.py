"""What a question that asks for a program has in place of an answer: tests. Knows no files."""

import hashlib
from dataclasses import dataclass

from pydantic import TypeAdapter

from scorers.programs.tests import AnyTest

_TESTS: TypeAdapter[tuple[AnyTest, ...]] = TypeAdapter(tuple[AnyTest, ...])


@dataclass(frozen=True, slots=True)
class ProgramTask:
    """How programs for one question are tested.

    Attributes:
        public: tests a search may use, which the question may show.
        private: tests a program must pass to be right; the search never sees them.
        reference: a program known to be right, if the file has one.
    """

    public: tuple[AnyTest, ...]
    private: tuple[AnyTest, ...]
    reference: str | None = None

    @property
    def truth(self) -> str:
        """What stands for the true answer in records: how many hidden tests, and which."""
        digest = hashlib.sha256(_TESTS.dump_json(self.private)).hexdigest()[:12]
        return f"{len(self.private)} hidden test{'s'[: len(self.private) != 1]} ({digest})"


def read_tests(value: object) -> tuple[AnyTest, ...]:
    """Return the tests that a JSON list holds, as requests have them.

    Raises:
        ValidationError: it is no such list.
    """
    return _TESTS.validate_python(value)
