"""Backtranslation: a program known to be right put into words, and programs made of those words.

Source: arXiv:2409.03733, section 3.3. It measures whether a right plan is enough, and how long it
must be: w -> words. An analysis, not a way to answer: nobody has the right program who asks. So it
is no strategy of the registry, though it is run like one.
Cost: a description, n programs in one round, n scores in one call.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from engines.base import DEFAULT
from scorers.base import Candidate
from search.budget import Budget
from search.events import Event, Noted, Sink
from search.models import Models, Task
from search.run import Outcome, run_search
from search.search import Search
from search.strategies.base import Strategy
from search.strategies.programs import Chat, Program, elected, replied, talking
from search.strategies.prompts import programs as prompts

_UNLIMITED = Budget()


@dataclass(frozen=True, slots=True)
class Backtranslated:
    """The words a program was put into, and the search among the programs made of them."""

    description: str
    outcome: Outcome


class Backtranslation(Strategy):
    """Have a program described, and draw `n` programs of the description."""

    paper: ClassVar[str] = "arXiv:2409.03733"
    cost: ClassVar[str] = "a description, n programs and n scores"

    kind: Literal["backtranslation"] = "backtranslation"
    code: str = Field(min_length=1, description="the program that is described")
    words: int | None = Field(
        default=None, ge=1, description="words of the description, at most; no limit if null"
    )
    n: int = Field(default=8, ge=1, le=256, description="programs drawn of it")

    @property
    @override
    def solutions(self) -> int:
        return self.n

    @override
    async def run(self, search: Search, root: Candidate) -> Candidate:
        asked = Chat(None, tuple(prompts.describing(self.code, self.words)))
        [told] = await replied(search, [asked], DEFAULT, talking(search.sampling))
        search.note(self.kind, prompts=prompts.VERSION, description=told.reply)
        behind = await search.prompts([prompts.following(told.reply)])
        drawn = await search.extend(behind, self.n, scoring=True)
        ranked = await elected(search, [Program(None, program) for program in drawn])
        return ranked[0].solution


async def backtranslate(
    code: str,
    task: Task,
    models: Models,
    budget: Budget = _UNLIMITED,
    *,
    words: int | None = None,
    n: int = 8,
    sink: Sink = lambda _: None,
) -> Backtranslated:
    """Put a right program of `task` into at most so many words, and draw n programs of them.

    The description is empty if the budget ended before there was one.

    Raises:
        StrategyRefused, EngineError, ScorerError: as `run_search` does.
    """
    told = [""]

    def hear(event: Event) -> None:
        if isinstance(event, Noted) and event.label == "backtranslation":
            told.append(str(event.data["description"]))
        sink(event)

    strategy = Backtranslation(code=code, words=words, n=n)
    outcome = await run_search(strategy, task, models, budget, sink=hear)
    return Backtranslated(told[-1], outcome)
