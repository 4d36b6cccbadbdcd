"""One round of drawing: from parents to children, within what is left of budget and time."""

import asyncio
import hashlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from engines.base import Capabilities, Delta, Generation, Request, Sample, Sampling, Step
from engines.errors import EngineError, RequestRefused
from engines.pauses import pauses_of
from engines.tasks import collect
from engines.usage import Usage
from scorers.base import Candidate
from scorers.form import Form
from search.bounds import ask_of, room_of
from search.budget import Ledger
from search.children import child_of, shaped
from search.draft import Call, Draft
from search.errors import BudgetExhausted
from search.events import Drafted, Generated, Undrawn
from search.models import Models, Task
from search.recorder import Recorder
from search.watching import Enough, Watch


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a drawing besides how many; see `Drawer.draw`."""

    how: Sampling
    live: bool
    chunk: bool
    watch: Watch | None
    form: Form | None

    @property
    def enough(self) -> bool:
        """Whether the watch has seen enough."""
        return self.watch is not None and self.watch.enough


class Drawer:
    """Draws children of candidates, all of a round at once.

    A request that fails is a candidate less; a round of which most fail is a failure. When `until`
    comes, on the event loop's clock, the samples that have ended by then are the round's, and those
    that have not are only used if none has. `exhausted` is the currency that kept a round from what
    was asked for, if one did. `samples` came back; `longest_round` is in seconds. `pauses` are put
    behind the prompt of all that is drawn.
    """

    def __init__(
        self,
        models: Models,
        task: Task,
        ledger: Ledger,
        record: Recorder,
        draw_until: float | None,
    ) -> None:
        self._models, self._task, self._ledger, self._record = models, task, ledger, record
        self.until = draw_until
        self.exhausted: str | None = None
        self.samples, self.longest_round = 0, 0.0
        self.pauses = len(task.sampling.pauses)

    async def draw(
        self,
        parents: Sequence[Candidate],
        n: int,
        how: Sampling,
        *,
        live: bool = False,
        chunk: bool = False,
        watch: Watch | None = None,
        form: Form | None = None,
    ) -> list[list[Candidate]]:
        """Draw `n` children of each of (N,) unfinished parents; a failed parent has none.

        Of a `chunk`, a child that fills the cap of `how` itself can go on. `watch` is told of
        children that end before the others, and can stop those. `form` is what they must look like.

        Raises:
            BudgetExhausted: less than a token for each request, or no time, is left.
            EngineError: a request was refused, or more requests failed than came back.
        """
        how = self._paused(how)
        growing = [p for p in parents if self._room(p, how) > 0]
        asked = Asked(how, live, chunk, watch, form)
        families = await self._portions(growing, n, asked) if growing else []
        drawn = iter(families)
        full = {id(p) for p in growing}
        return [next(drawn) if id(p) in full else [replace(p, finish="length")] for p in parents]

    async def _portions(
        self, parents: Sequence[Candidate], n: int, asked: Asked
    ) -> list[list[Candidate]]:
        """Draw as many at a time as the budget holds at their full length, until all are drawn.

        All at once where there is no limit, or plenty. Else a first few, and as those turn out
        shorter than they might have been, more: so that what is drawn is also drawn to its end.
        """
        families: list[list[Candidate]] = [[] for _ in parents]
        length, missing = asked.how.max_tokens, n
        while missing and not asked.enough:
            likely = min(asked.how.max_tokens, length + length // 2)
            portion = self._ledger.portion(len(parents), missing, likely)
            if missing < n and not self._ledger.fits(len(parents) * length):
                self.fewer(n - missing, n, "tokens")
                break
            try:
                drawn = await self._round(parents, portion, asked)
            except BudgetExhausted as error:
                if missing == n:
                    raise
                self.fewer(n - missing, n, error.currency)
                break
            families = [[*known, *kids] for known, kids in zip(families, drawn, strict=True)]
            missing -= portion
            lengths = [kid.steps[-1].tokens for kids in drawn for kid in kids]
            length = max(1, *lengths) if lengths else length
        return families

    def fewer(self, drawn: int, wanted: int, currency: str, what: str = "samples") -> None:
        """Say that there was too little of a currency for all that was wanted."""
        self.exhausted = self.exhausted or currency
        self._record.degrade(f"the budget allowed {drawn} of {wanted} {what}")

    async def _round(
        self, parents: Sequence[Candidate], n: int, asked: Asked
    ) -> list[list[Candidate]]:
        begun = asyncio.get_running_loop().time()
        if self.until is not None and self.until <= begun:
            raise BudgetExhausted("seconds")
        calls = self._prepare(parents, n, asked)
        await self._run(calls, asked)
        took = asyncio.get_running_loop().time() - begun
        self.longest_round = max(self.longest_round, took)
        cap = asked.how.max_tokens if asked.chunk and self.exhausted != "seconds" else None
        families = [
            await shaped([self._child(call, s, cap) for s in call.samples], asked.form)
            for call in calls
        ]
        self.samples += sum(map(len, families))
        if asked.watch:
            drawn = [kid for family in families for kid in family]
            await asked.watch.close(drawn, self.until)
        return families

    def _child(self, call: Call, sample: Sample, cap: int | None) -> Candidate:
        return child_of(call.parent, sample, self._task.sampling, goes_on=call.cap == cap)

    def grown(self, parent: Candidate, step: Step) -> Candidate:
        """Return a candidate with one step more, or ended by its length for want of room."""
        if step.tokens > self._room(parent, self._paused(self._task.sampling)):
            return replace(parent, finish="length")
        return replace(parent, steps=(*parent.steps, step))

    def _prepare(self, parents: Sequence[Candidate], n: int, asked: Asked) -> list[Call]:
        how = asked.how
        asks = [ask_of(parent, how, self._able(parent)) for parent in parents]
        allowed = self._ledger.allow(asks, n, how.max_tokens)
        if allowed.n < n and allowed.short_of:
            self.fewer(allowed.n, n, allowed.short_of)
        call = self._record.next_call()
        requests = (
            Request(
                f"{call}.{i}",
                parent.prompt,
                parent.steps,
                allowed.n,
                self._sampling(parent, how, allowed.max_tokens),
                seed_of(self._task.seed, f"{call}.{i}"),
            )
            for i, parent in enumerate(parents)
        )
        triples = zip(parents, requests, allowed.holds, strict=True)
        return [
            Call(parent, Draft(request, self._show if asked.live else None), hold, allowed.short_of)
            for parent, request, hold in triples
        ]

    async def _run(self, calls: Sequence[Call], asked: Asked) -> None:
        listening = asked.live or self.until is not None or asked.watch is not None
        drawing = self._in_time(calls, listening=listening)
        if asked.watch:
            self._told(calls, asked.watch)
        if asked.watch is None or not asked.watch.stops:
            await drawing
        else:
            await self._watched(calls, drawing, asked.watch, asked.form)
        failures = [c.result for c in calls if isinstance(c.result, EngineError)]
        if len(failures) > len(calls) / 2:
            raise failures[0]
        for failure in failures:
            self._record.degrade(f"{len(failures)} of {len(calls)} requests failed: {failure}")

    async def _watched(
        self,
        calls: Sequence[Call],
        drawing: Coroutine[Any, Any, None],
        watch: Watch,
        form: Form | None,
    ) -> None:
        try:
            await watch.over(drawing, partial(shaped, form=form), self.until)
        except Enough:
            for call in calls:
                if call.result is None:
                    self._settle(call, call.draft.ended(self._able(call.parent)), cut=False)

    def _told(self, calls: Sequence[Call], watch: Watch) -> None:
        """Have a watch hear what ends."""
        for place, call in enumerate(calls):
            call.draft.forward = partial(self._tell, watch, place, call)

    def _tell(self, watch: Watch, place: int, call: Call, delta: Delta) -> None:
        child = None if delta.sample is None else self._child(call, delta.sample, None)
        if child is not None and child.finished:
            watch.take((place, delta.index), child)

    async def _in_time(self, calls: Sequence[Call], *, listening: bool) -> None:
        clock = asyncio.timeout_at(self.until)
        try:
            async with clock:
                await collect(self._generate(call, listening=listening) for call in calls)
        except TimeoutError:
            if not clock.expired():
                raise
            self._cut_short(calls)

    async def _generate(self, call: Call, *, listening: bool) -> None:
        request = call.draft.request
        try:
            engine = self._models.named(request.prompt.engine)
            generation = await engine.generate(request, call.draft.hear if listening else None)
        except RequestRefused:
            raise
        except EngineError as error:
            self._failed(call, error)
            return
        self._settle(call, generation, cut=False)

    def _failed(self, call: Call, error: EngineError) -> None:
        call.result = error
        if error.unspent:
            self._ledger.settle(call.hold, Usage(), "generator")
        self._record.say(Undrawn(call.draft.request, str(error), error.unspent))

    def _cut_short(self, calls: Sequence[Call]) -> None:
        self.exhausted = "seconds"
        running = [call for call in calls if call.result is None]
        for call in running:
            self._settle(call, call.draft.cut(self._able(call.parent)), cut=True)
        if not any(call.samples for call in calls):
            raise BudgetExhausted("seconds")
        ended = any(s.finish != "length" for call in calls for s in call.samples)
        for call in running if ended else ():
            assert isinstance(call.result, Generation)
            kept = tuple(s for s in call.samples if s.finish != "length")
            call.result = replace(call.result, samples=kept)
        self._record.degrade("time ran out while samples were being drawn")

    def _settle(self, call: Call, generation: Generation, *, cut: bool) -> None:
        call.result = generation
        if any(sample.finish == "length" for sample in generation.samples):
            self.exhausted = self.exhausted or call.short_of
        self._ledger.settle(call.hold, generation.usage, "generator")
        self._record.say(Generated(call.draft.request, generation, cut))

    def _able(self, parent: Candidate) -> Capabilities:
        return self._models.named(parent.prompt.engine).capabilities

    def _sampling(self, parent: Candidate, how: Sampling, cap: int) -> Sampling:
        """Return how to draw from one parent, within its room and what its engine gives."""
        able = self._able(parent)
        return replace(
            how,
            max_tokens=min(cap, self._room(parent, how)),
            alternatives=min(how.alternatives, able.alternatives),
            pauses=pauses_of(len(how.pauses), able),
        )

    def _paused(self, how: Sampling) -> Sampling:
        """Return it with as many pauses as there are to be; which token they are is an engine's."""
        return replace(how, pauses=(0,) * self.pauses)

    def _room(self, parent: Candidate, how: Sampling) -> int:
        most = self._task.sampling.max_tokens
        return room_of(parent, how, most, self._able(parent))

    def _show(self, delta: Delta) -> None:
        self._record.say(Drafted(delta))


def seed_of(seed: int, place: str) -> int:
    """Return the seed of one place in a search, of 32 bits."""
    # SHA-256 rather than hash(): the same in every process and Python version.
    return int.from_bytes(hashlib.sha256(f"{seed}/{place}".encode()).digest()[:4], "big")
