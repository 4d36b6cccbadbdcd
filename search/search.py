"""One search in progress."""

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from engines.conversation import Message
from scorers.answers import Answers
from scorers.base import Candidate, Scored
from scorers.preference import Pair, Preference
from search.advice import Advice, Adviser
from search.budget import Ledger
from search.children import reopened
from search.comparing import Referee
from search.counsel import Counsel
from search.drawing import seed_of
from search.errors import NothingToVote
from search.events import Noted
from search.growing import Growing
from search.models import Models, Task
from search.recorder import Recorder
from search.writing import Writer

if TYPE_CHECKING:
    # Strategies are made of what this serves.
    from search.strategies.base import Strategy


class Runs(Protocol):
    """What can be run inside a search: a strategy."""

    @property
    def continues(self) -> bool:
        """Whether it continues partial answers."""
        ...

    async def run(self, search: "Search", root: Candidate) -> Candidate:
        """Look for a solution."""
        ...


class Search(Growing):
    """The only way a strategy touches the world, to draw, write, judge, compare and tell.

    Budgets, traces, replay, progress and cancellation are written once, below this class, so no
    strategy mentions them. In return a strategy must not read the clock, import `random` or
    start tasks. However completions interleave, the same answers then lead to the same requests,
    and a trace can be replayed.
    """

    def __init__(
        self,
        models: Models,
        task: Task,
        ledger: Ledger,
        record: Recorder,
        draw_until: float | None = None,
    ) -> None:
        super().__init__(models, task, ledger, record, draw_until)
        self._ledger, self._counsel = ledger, Counsel(models, ledger, record)
        self._writer = Writer(models, task, record)
        self._referee = Referee(models.pairs, ledger, record)
        self.proposed: Candidate | None = None
        self.arranged: Sequence[Candidate] = ()
        self.continued = False

    def random(self) -> Random:
        """Return a source of random numbers: the same in every run of the same search."""
        place = f"random {self._record.next_call()}"
        return Random(seed_of(self._task.seed, place))  # noqa: S311 - chance, not secrecy

    async def prompts(
        self, continuations: Sequence[Sequence[Message]], engines: Sequence[str] = ()
    ) -> list[Candidate]:
        """Return a candidate without steps for each of (K,) continuations of the conversation.

        Equal ones are rendered once, and have one prompt. `engines` are the names of (K,) engines
        that are to draw from them, if it is not the default one.
        """
        return await self._writer.prompts(continuations, engines)

    async def write(
        self,
        candidates: Sequence[Candidate],
        text: str,
        *,
        instead_of: str = "",
        aside: bool = False,
    ) -> list[Candidate]:
        """Put a text of our own behind each of (N,) candidates of one engine, to be continued.

        A solution the model had ended is opened again: the token that ended it is taken off, and
        so is the text `instead_of`, with which its last step may end. A solution that has no
        room for the text has ended by its length, without it. `aside` is as in `extend`.
        """
        step = await self._writer.step(text, candidates[0].prompt)
        opened = [await self._writer.without(instead_of, reopened(c)) for c in candidates]
        written = [self._drawer.grown(candidate, step) for candidate in opened]
        if not aside:
            self._pool.replace(candidates, [[candidate] for candidate in written])
        return written

    async def score(self, candidates: Sequence[Candidate]) -> list[Scored]:
        """Judge (N,) candidates; return them in order, scored.

        Those the scorer in charge has judged stay as they are, and equal ones are judged once.

        Raises:
            BudgetExhausted: judging them could cost more than is left.
            ScorerError: a scorer failed, and the task has it that the search then fails, too.
        """
        return await self._judges.score(candidates)

    async def compare(self, pairs: Sequence[Pair]) -> list[Preference]:
        """Say which is better within each of (N,) pairs of candidates, all together.

        Raises:
            BudgetExhausted: comparing them could cost more than is left.
        """
        return await self._referee.compare(pairs)

    async def group(self, candidates: Sequence[Candidate]) -> Answers:
        """Find the final answers of (N,) candidates, and which of them are equal.

        With a schema that is the whole text of those that are of it; of a call of tools, the call.
        """
        return await self._grouping.group(candidates, self._record.next_call())

    def calls(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return those that call tools, if most that came to their end do; else none."""
        return self._grouping.calls(candidates)

    async def inside(
        self, strategy: "Runs", root: Candidate, *, live: bool = False
    ) -> list[Candidate]:
        """Run another strategy as a part of this search; return its answer, if it comes to one.

        It may be shown as it is drawn if it is `live`: if no other can take its place.
        """
        shown, proposed, self._live = self._live, self.proposed, self._live and live
        arranged = self.arranged
        try:
            return [await strategy.run(self, root)]
        except NothingToVote as error:
            self.degrade(str(error))
            return []
        finally:
            # What was chosen among answers outside stands until it is chosen among anew.
            self._live, self.proposed = shown, proposed or self.proposed
            self.arranged = arranged

    @property
    def adviser(self) -> Adviser:
        """What knows how to go on, for strategies that leave it to a policy."""
        return self._counsel.adviser

    @property
    def advice(self) -> Sequence[Advice]:
        """What it has said, each time it was asked."""
        return self._counsel.given

    def advise(
        self,
        ease: float | None,
        drawn: Sequence[Candidate],
        *,
        held: float | None = None,
        least: float = 0.0,
        tried: "tuple[Strategy, ...]" = (),
    ) -> Advice:
        """Ask the policy what to do with what is left of the budget; the response says so, too.

        Args:
            ease: of the question; `None` if it could not be measured.
            drawn: whole solutions there are, which what is advised may begin with.
            held: how sure the best of them is, if more is to be asked later.
            least: accuracy that going on must be expected to bring.
            tried: step searches that have been followed.
        """
        return self._counsel.ask(ease, drawn, held, least, tried)

    @property
    def pauses(self) -> int:
        """How many pauses are behind the prompt of what is drawn now."""
        return self._drawer.pauses

    def pause(self, m: int | None) -> None:
        """Put `m` pauses behind the prompt of all that is drawn from here on; `None`: no others."""
        self._drawer.pauses = self._drawer.pauses if m is None else m

    async def follow(
        self, strategy: "Runs", root: Candidate, known: Sequence[Candidate] = ()
    ) -> list[Candidate]:
        """Do what was advised; return its answer, if it comes to one.

        `known` are whole solutions of `root`: where the strategy draws such, it has them first.
        """
        self.continued = self.continued or strategy.continues
        if strategy.continues:
            self._ledger.reserve(self._ledger.share_for_one(self._task.sampling.max_tokens))
        self._pool.lend(known)
        try:
            return await self.inside(strategy, root, live=not self._pool.drawn)
        finally:
            self._pool.lend(())
            self._ledger.reserve(0.0)

    def note(self, label: str, **data: JsonValue) -> None:
        """Say how the search is going. Never awaits, never fails."""
        self._record.say(Noted(label, data))

    def propose(self, answer: Candidate) -> None:
        """Say which answer is to be returned if budget or time end the search here."""
        self.proposed = answer

    def arrange(self, candidates: Sequence[Candidate]) -> None:
        """Say in which order solutions are ranked behind the answer, before all others.

        Without it that is by score. What one inside another says holds for itself alone.
        """
        self.arranged = tuple(candidates)

    def degrade(self, reason: str) -> None:
        """Say that something was not done as asked for; the response will, too."""
        self._record.degrade(reason)
