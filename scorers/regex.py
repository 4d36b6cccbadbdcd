"""Whether a regular expression matches the answer; its syntax is RE2's, its time linear."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from pydantic import Field
from typing_extensions import override

from scorers.answers import Pattern, compiled
from scorers.base import Scorer
from scorers.checked import Check
from scorers.kind import Around, ScorerKind


class Regex(Check):
    """Passes solutions in whose answer `pattern` matches somewhere."""

    def __init__(self, name: str, pattern: str) -> None:
        super().__init__(name)
        self._pattern = compiled(pattern)

    @override
    async def passed(self, answers: Sequence[str]) -> Sequence[bool]:
        """Search each; see `Check.passed`."""
        texts = (answer.encode(errors="replace").decode() for answer in answers)
        return [self._pattern.search(text) is not None for text in texts]


class RegexConfig(ScorerKind):
    """Whether a pattern matches the answer."""

    kind: Literal["regex"] = "regex"
    pattern: Pattern = Field(
        min_length=1, description="regular expression; `^` and `$` bind it to both ends"
    )

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        yield Regex(name, self.pattern)
