"""What a strategy is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict

from scorers.base import Candidate
from search.search import Search

Judges: TypeAlias = Literal["nothing", "solutions", "steps", "pairs"]
Advised: TypeAlias = Literal["never", "once", "always"]


class Strategy(BaseModel, ABC):
    """A way to search: hyper-parameters as frozen fields, and one coroutine.

    A strategy holds no state. One instance may serve many requests at once, and is written to
    JSON and read back: so it travels in a request, in a policy's table and in a batch job.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper: ClassVar[str]
    """Where it comes from, for people who choose one."""
    cost: ClassVar[str]
    """What it spends at most, in terms of its fields."""
    continues: ClassVar[bool] = False
    """Whether it continues partial answers, which not every server can do."""
    alternatives: ClassVar[int] = 0
    """How many alternatives' log-probabilities it reads of every token itself; see `Sampling`."""
    speaks: ClassVar[bool] = False
    """Whether it puts words of its own into answers, which then cannot be calls of tools."""
    converses: ClassVar[bool] = False
    """Whether it asks in turns of its own, which a text that is not a conversation has none of."""
    judges: ClassVar[Judges] = "solutions"
    """What its scorer must be able to judge; "pairs" are for the judge of pairs to compare."""

    kind: str

    @property
    @abstractmethod
    def solutions(self) -> int:
        """How many solutions it ends with at least, if budget and servers allow them."""

    @property
    def at_once(self) -> int:
        """How many samples it draws together, at most: what it asks of a server at one time."""
        return self.solutions

    def whole(self) -> "Iterator[Strategy]":
        """Give every strategy that it runs inside itself, and itself."""
        yield self

    @property
    def advised(self) -> Advised:
        """Whether a policy says what it does, and whether that is asked again after each round."""
        return "never"

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of the engines it draws from besides the default one."""
        return ()

    def with_step_end(self, end: str) -> Self:
        """Return it with steps ended by this text, unless it says itself what ends them."""
        if "step_end" not in type(self).model_fields or "step_end" in self.model_fields_set:
            return self
        return self.model_copy(update={"step_end": end})

    @abstractmethod
    async def run(self, search: Search, root: Candidate) -> Candidate:
        """Look for a solution from `root`, a candidate without steps, by way of `search` only."""
