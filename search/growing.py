"""What of a search draws: candidates are continued, and those that were not are the pool."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain

from engines.base import Sampling
from scorers.answers import Answers
from scorers.base import Candidate
from search.budget import Ledger
from search.children import shaped
from search.drawing import Drawer
from search.foresight import Foresight
from search.grouping import Grouping
from search.judging import Judges
from search.models import Models, Task
from search.pool import Pool
from search.recorder import Recorder
from search.watching import Watch


class Growing:
    """The half of `Search` that draws, within what is left of budget and time."""

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
        self._foresight = Foresight(models, task, ledger, self._drawer)
        self._judges = Judges(models.scorers, ledger, record, task.on_verifier_error)
        self._pool, self._live = Pool(), True

    @property
    def pool(self) -> list[Candidate]:
        """Every candidate drawn so far that was not continued, in order, scored where it was."""
        return [self._judges.newest(candidate) for candidate in self._pool.drawn]

    @property
    def exhausted(self) -> str | None:
        """The currency that kept a round of drawing from what was asked for, if one did."""
        return self._drawer.exhausted

    @property
    def limited(self) -> bool:
        """Whether the search may end early: for want of budget, time or the model's context."""
        return self._foresight.limited

    def fitting(self, n: int, what: str, *, calls: int, rounds: int, after: int = 0) -> int:
        """Return how many of `n` chains of requests can likely be carried to their end.

        The response says so if those are not all.

        Args:
            n: chains wanted.
            what: they are, in the plural.
            calls: samples of each chain, each a request.
            rounds: in which they are drawn, all chains together.
            after: samples of what comes before them, and is to be carried to its end, too.
        """
        return self._foresight.fitting(n, what, calls, rounds, after)

    def steps(self, end: str, max_tokens: int) -> Sampling:
        """Return how to draw one step: as the request says, until `end` or the cap."""
        whole = self._task.sampling
        cap = min(max_tokens, whole.max_tokens)
        return replace(whole, max_tokens=cap, stop=(*whole.stop, end))

    @property
    def sampling(self) -> Sampling:
        """How the request has whole solutions drawn."""
        return self._task.sampling

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
        live = live and not (how.json_schema and self._pool.drawn)
        if sampling is None and not (aside or chunk) and (lent := self._pool.take(candidates, n)):
            return [[*lent, *await self._beyond(candidates[0], n - len(lent), scoring=scoring)]]
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
                self._pool.replace(candidates, families)
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

        lent = self._pool.take([parent], n)
        if len(lent) == n or (lent and await look(lent)):
            return lent
        known = [*known, *lent]
        how, watch = self._task.sampling, Watch(look, stops=True)
        more = n - len(lent)
        [drawn] = await self._drawer.draw([parent], more, how, watch=watch, form=self._form)
        self._pool.replace([parent], [drawn])
        return [*lent, *drawn]

    async def _beyond(self, parent: Candidate, n: int, *, scoring: bool) -> list[Candidate]:
        """Draw the solutions that are still missing, if any."""
        if not n:
            return []
        [drawn] = await self.extend_each([parent], n, scoring=scoring)
        return drawn
