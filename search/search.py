"""One search in progress."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain
from random import Random
from typing import Protocol

from pydantic import JsonValue

from engines.base import Sampling
from engines.conversation import Message
from scorers.answers import Answers
from scorers.base import Candidate, Scored
from scorers.preference import Pair, Preference
from search.budget import Ledger
from search.children import reopened, shaped
from search.comparing import Referee
from search.drawing import Drawer, seed_of
from search.errors import NothingToVote
from search.events import Noted
from search.grouping import Grouping
from search.judging import Judges, key
from search.models import Models, Task
from search.recorder import Recorder
from search.watching import Watch
from search.writing import Writer


class Runs(Protocol):
    """What can be run inside a search: a strategy."""

    async def run(self, search: "Search", root: Candidate) -> Candidate:
        """Look for a solution."""
        ...


class Search:
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
        self._task, self._record, self._form = task, record, task.form
        self._grouping = Grouping(models.grader, task, record, self._form)
        self._drawer = Drawer(models, task, ledger, record, draw_until)
        self._writer = Writer(models, task, record)
        self._judges = Judges(models.scorers, ledger, record)
        self._referee = Referee(models.pairs, ledger, record)
        self._drawn: list[Candidate] = []
        self._live = True
        self.proposed: Candidate | None = None

    @property
    def pool(self) -> list[Candidate]:
        """Every candidate drawn so far that was not continued, in order, scored where it was."""
        return [self._judges.newest(candidate) for candidate in self._drawn]

    @property
    def exhausted(self) -> str | None:
        """The currency that kept a round of drawing from what was asked for, if one did."""
        return self._drawer.exhausted

    def steps(self, end: str, max_tokens: int) -> Sampling:
        """Return how to draw one step: as the request says, until `end` or the cap."""
        whole = self._task.sampling
        cap = min(max_tokens, whole.max_tokens)
        return replace(whole, max_tokens=cap, stop=(*whole.stop, end))

    @property
    def sampling(self) -> Sampling:
        """How the request has whole solutions drawn."""
        return self._task.sampling

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
            self._replace(candidates, [[candidate] for candidate in written])
        return written

    async def extend(
        self,
        candidates: Sequence[Candidate],
        n: int,
        sampling: Sampling | None = None,
        *,
        live: bool = False,
        aside: bool = False,
        chunk: bool = False,
        scoring: bool = False,
    ) -> list[Candidate]:
        """Draw `n` continuations of each unfinished candidate, all together.

        Args:
            candidates: (N,) candidates; the finished ones are passed on as they are.
            n: children of each.
            sampling: from `steps`, to draw one step; whole solutions if it is not given.
            live: the first child's text is the answer already, and is shown as it is drawn; with
                a schema only if there is no other solution that might take its place, and never
                with tools, as it may turn out to call one.
            aside: the children are no solutions, but drawn to learn of their parents: they stay
                out of the pool, and the parents in it; no schema or tool holds for them.
            chunk: a child that fills the cap of `sampling` has not ended, and can go on.
            scoring: all are going to be scored, so those that end may be while others are drawn.

        Returns:
            Children in the order of their parents: (N * n,) if none was finished and the budget
            allowed them all. A candidate with steps whose request failed is passed on as it was.

        Raises:
            BudgetExhausted: less than a token for each request, or no time, is left.
            EngineError: a request was refused, or more requests failed than came back.
        """
        families = await self.extend_each(
            candidates, n, sampling, live=live, aside=aside, chunk=chunk, scoring=scoring
        )
        pairs = zip(candidates, families, strict=True)
        return list(chain.from_iterable(kids or ([c] if c.steps else []) for c, kids in pairs))

    async def extend_each(
        self,
        candidates: Sequence[Candidate],
        n: int,
        sampling: Sampling | None = None,
        *,
        live: bool = False,
        aside: bool = False,
        chunk: bool = False,
        scoring: bool = False,
    ) -> list[list[Candidate]]:
        """Like `extend`, but return each candidate's children apart: (N,) lists.

        A finished candidate's list holds itself; that of one whose request failed is empty.
        """
        parents = [c for c in candidates if not c.finished]
        how = sampling or self._task.sampling
        if not parents:
            return [[candidate] for candidate in candidates]
        if aside:
            how = replace(how, json_schema=None)
        live = live and self._live and not self._task.conversation.tools
        live = live and not (how.json_schema and self._drawn)
        watch = self._judges.watch(parents[0]) if scoring else None
        form = None if aside else self._form
        # What was drawn is in the pool before a judge is waited for: time may run out on that.
        async with watch.beside(partial(shaped, form=form)) if watch else nullcontext():
            born = await self._drawer.draw(
                parents, n, how, live=live, chunk=chunk, watch=watch, form=form
            )
            drawn = iter(born)
            families = [[c] if c.finished else next(drawn) for c in candidates]
            if not aside:
                self._replace(candidates, families)
        return families

    async def extend_until(
        self,
        parent: Candidate,
        n: int,
        enough: Callable[[Answers], bool],
        *,
        known: Sequence[Candidate] = (),
    ) -> list[Candidate]:
        """Draw up to `n` solutions, and stop those still being drawn once the others are enough.

        Args:
            parent: what is continued.
            n: solutions drawn, at most.
            enough: is shown the answers of `known` and of all that have ended, in their order.
            known: solutions drawn before.

        Raises:
            BudgetExhausted: not a token, or no time, is left.
            EngineError: nothing could be drawn.
        """

        async def look(ended: list[Candidate]) -> bool:
            answers = await self._grouping.group([*known, *ended], self._record.next_aside())
            return enough(answers)

        how, watch = self._task.sampling, Watch(look, stops=True)
        [drawn] = await self._drawer.draw([parent], n, how, watch=watch, form=self._form)
        self._replace([parent], [drawn])
        return drawn

    async def score(self, candidates: Sequence[Candidate]) -> list[Scored]:
        """Judge (N,) candidates; return them in order, scored.

        Those the scorer in charge has judged stay as they are, and equal ones are judged once.

        Raises:
            BudgetExhausted: judging them could cost more than is left.
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

    async def inside(self, strategy: "Runs", root: Candidate) -> list[Candidate]:
        """Run another strategy as a part of this search; return its answer, if it comes to one."""
        live, proposed, self._live = self._live, self.proposed, False
        try:
            return [await strategy.run(self, root)]
        except NothingToVote as error:
            self.degrade(str(error))
            return []
        finally:
            # What was chosen among answers outside stands until it is chosen among anew.
            self._live, self.proposed = live, proposed or self.proposed

    def note(self, label: str, **data: JsonValue) -> None:
        """Say how the search is going. Never awaits, never fails."""
        self._record.say(Noted(label, data))

    def propose(self, answer: Candidate) -> None:
        """Say which answer is to be returned if budget or time end the search here."""
        self.proposed = answer

    def degrade(self, reason: str) -> None:
        """Say that something was not done as asked for; the response will, too."""
        self._record.degrade(reason)

    def _replace(
        self, candidates: Sequence[Candidate], families: Sequence[Sequence[Candidate]]
    ) -> None:
        """Put children in the place of the candidates they continue."""
        pairs = list(zip(candidates, families, strict=True))
        parted = {key(c) for c, kids in pairs if any(kid is not c for kid in kids)}
        fresh = [kid for c, kids in pairs for kid in kids if kid is not c]
        self._drawn = [c for c in self._drawn if key(c) not in parted] + fresh
