"""One round of drawing: from parents to children, within what is left of budget and time."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engines.base import Delta, Engine, Generation, Request, Sample, Sampling, Step
from engines.errors import ContextOverflow, EngineError, RequestRefused
from engines.phases import in_phases
from engines.tasks import collect
from scorers.base import Candidate
from scorers.structured import JsonForm
from search.budget import Hold, Ledger
from search.draft import Draft
from search.errors import BudgetExhausted
from search.events import Drafted, Generated
from search.models import Task
from search.recorder import Recorder

_TEMPLATE_TOKENS = 256
"""More than chat templates add; only where a server renders the prompt and we cannot count it."""


@dataclass(slots=True)
class Call:
    """One request of a round: what is held for it, what came, or why nothing did."""

    draft: Draft
    hold: Hold
    short_of: str | None
    result: Generation | EngineError | None = None

    @property
    def cap(self) -> int:
        """The most tokens each sample may have."""
        return self.draft.request.sampling.max_tokens

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What came."""
        return self.result.samples if isinstance(self.result, Generation) else ()


class Drawer:
    """Draws children of candidates, all of a round at once.

    A request that fails is a candidate less; a round of which most fail is a failure. When
    `draw_until` comes, on the event loop's clock, the samples that have ended by then are the
    round's, and those that have not are only used if none has. `exhausted` is the currency that
    kept a round from what was asked for, if one did. `form` is what samples with a schema must
    look like.
    """

    def __init__(
        self,
        engine: Engine,
        task: Task,
        ledger: Ledger,
        record: Recorder,
        draw_until: float | None,
        *,
        form: JsonForm | None = None,
    ) -> None:
        self._engine, self._task, self._ledger, self._record = engine, task, ledger, record
        self._draw_until, self._form = draw_until, form
        self.exhausted: str | None = None

    async def draw(
        self, parents: Sequence[Candidate], n: int, how: Sampling, *, live: bool, chunk: bool
    ) -> list[list[Candidate]]:
        """Draw `n` children of each of (N,) unfinished parents; a failed parent has none.

        Of a `chunk`, a child that fills the cap of `how` itself can go on.

        Raises:
            BudgetExhausted: less than a token for each request, or no time, is left.
            EngineError: a request was refused, or more requests failed than came back.
        """
        growing = [p for p in parents if self._room(p, how) > 0]
        families = await self._portions(growing, n, how, live=live, chunk=chunk) if growing else []
        drawn = iter(families)
        full = {id(p) for p in growing}
        return [next(drawn) if id(p) in full else [replace(p, finish="length")] for p in parents]

    async def _portions(
        self, parents: Sequence[Candidate], n: int, how: Sampling, *, live: bool, chunk: bool
    ) -> list[list[Candidate]]:
        """Draw as many at a time as the budget holds at their full length, until all are drawn.

        All at once where there is no limit, or plenty. Else a first few, and as those turn out
        shorter than they might have been, more: so that what is drawn is also drawn to its end.
        """
        families: list[list[Candidate]] = [[] for _ in parents]
        length, missing = how.max_tokens, n
        while missing:
            likely = min(how.max_tokens, length + length // 2)
            portion = self._ledger.portion(len(parents), missing, likely)
            if missing < n and not self._ledger.fits(len(parents) * length):
                self._fewer(n - missing, n, "tokens")
                break
            try:
                drawn = await self._round(parents, portion, how, live=live, chunk=chunk)
            except BudgetExhausted as error:
                if missing == n:
                    raise
                self._fewer(n - missing, n, error.currency)
                break
            families = [[*known, *kids] for known, kids in zip(families, drawn, strict=True)]
            missing -= portion
            lengths = [kid.steps[-1].tokens for kids in drawn for kid in kids]
            length = max(1, *lengths) if lengths else length
        return families

    def _fewer(self, drawn: int, wanted: int, currency: str) -> None:
        self.exhausted = self.exhausted or currency
        self._record.degrade(f"the budget allowed {drawn} of {wanted} samples")

    async def _round(
        self, parents: Sequence[Candidate], n: int, how: Sampling, *, live: bool, chunk: bool
    ) -> list[list[Candidate]]:
        if self._draw_until is not None and self._draw_until <= asyncio.get_running_loop().time():
            raise BudgetExhausted("seconds")
        calls = self._prepare(parents, n, how, live=live)
        await self._run(calls, listening=live or self._draw_until is not None)
        cap = how.max_tokens if chunk and self.exhausted != "seconds" else None
        whole = self._task.sampling
        families = [
            [_child(parent, sample, whole, goes_on=call.cap == cap) for sample in call.samples]
            for parent, call in zip(parents, calls, strict=True)
        ]
        if self._form is None or how.json_schema is None:
            return families
        # Python validates slowly: in a thread, so that other searches go on.
        return await asyncio.to_thread(_formed, families, self._form)

    def grown(self, parent: Candidate, step: Step) -> Candidate:
        """Return a candidate with one step more, or ended by its length for want of room."""
        if step.tokens > self._room(parent, self._task.sampling):
            return replace(parent, finish="length")
        return replace(parent, steps=(*parent.steps, step))

    def _prepare(
        self, parents: Sequence[Candidate], n: int, how: Sampling, *, live: bool
    ) -> list[Call]:
        bounds = [_prompt_bound(parent) for parent in parents]
        phased = [
            b for p, b in zip(parents, bounds, strict=True) if in_phases(p.prompt, p.text, how)
        ]
        again = max(phased, default=0) + how.max_tokens if phased else 0
        reads = [bound * (2 if phased else 1) for bound in bounds]
        able = self._engine.capabilities
        allowed = self._ledger.allow(reads, n, how.max_tokens, able, again=again)
        if allowed.n < n and allowed.short_of:
            self._fewer(allowed.n, n, allowed.short_of)
        call, forward = self._record.next_call(), self._show if live else None
        requests = (
            Request(
                f"{call}.{i}",
                parent.prompt,
                parent.steps,
                allowed.n,
                replace(how, max_tokens=min(allowed.max_tokens, self._room(parent, how))),
                seed_of(self._task.seed, f"{call}.{i}"),
            )
            for i, parent in enumerate(parents)
        )
        pairs = zip(requests, allowed.holds, strict=True)
        return [Call(Draft(r, forward), hold, allowed.short_of) for r, hold in pairs]

    async def _run(self, calls: Sequence[Call], *, listening: bool) -> None:
        clock = asyncio.timeout_at(self._draw_until)
        try:
            async with clock:
                await collect(self._generate(call, listening=listening) for call in calls)
        except TimeoutError:
            if not clock.expired():
                raise
            self._cut_short(calls)
        failures = [c.result for c in calls if isinstance(c.result, EngineError)]
        if len(failures) > len(calls) / 2:
            raise failures[0]
        for failure in failures:
            self._record.degrade(f"{len(failures)} of {len(calls)} requests failed: {failure}")

    async def _generate(self, call: Call, *, listening: bool) -> None:
        request = call.draft.request
        try:
            generation = await self._engine.generate(
                request, call.draft.hear if listening else None
            )
        except RequestRefused:
            raise
        except EngineError as error:
            call.result = error
            return
        self._settle(call, generation, cut=False)

    def _cut_short(self, calls: Sequence[Call]) -> None:
        self.exhausted = "seconds"
        running = [call for call in calls if call.result is None]
        for call in running:
            self._settle(call, call.draft.cut(self._engine.capabilities), cut=True)
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

    def _room(self, parent: Candidate, how: Sampling) -> int:
        room = min(how.max_tokens, self._task.sampling.max_tokens - parent.tokens)
        context = self._engine.capabilities.context
        if context is None or parent.prompt.ids is None:
            return room
        used = len(parent.prompt.ids) + parent.tokens
        if used >= context and not parent.steps:
            raise ContextOverflow(
                f"the prompt has {used} tokens; the model's context is {context}", param="messages"
            )
        return min(room, context - used)

    def _show(self, delta: Delta) -> None:
        self._record.say(Drafted(delta))


def _prompt_bound(parent: Candidate) -> int:
    """Return the most tokens the prompt can have: a token is at least one byte of text."""
    if parent.prompt.ids is not None:
        return len(parent.prompt.ids) + parent.tokens
    turns = (len(m.content.encode()) for m in parent.prompt.conversation.messages)
    return sum(turns) + len(parent.text.encode()) + _TEMPLATE_TOKENS


def seed_of(seed: int, place: str) -> int:
    """Return the seed of one place in a search, of 32 bits."""
    # SHA-256 rather than hash(): the same in every process and Python version.
    return int.from_bytes(hashlib.sha256(f"{seed}/{place}".encode()).digest()[:4], "big")


def _child(parent: Candidate, sample: Sample, whole: Sampling, *, goes_on: bool) -> Candidate:
    """Append a sample's step; one ended by a string that is not the caller's can go on.

    So can one ended by a cap on its tokens, if it `goes_on`.
    """
    step = sample.step
    if goes_on and sample.finish == "length":
        return Candidate(parent.prompt, (*parent.steps, step))
    if sample.finish != "stop":
        return Candidate(parent.prompt, (*parent.steps, step), sample.finish)
    if sample.stop is None or sample.stop not in whole.stop:
        return Candidate(parent.prompt, (*parent.steps, step))
    # Not at the end of the text: the last token may have brought characters beyond the stop.
    step = replace(step, text=step.text.partition(sample.stop)[0])
    return Candidate(parent.prompt, (*parent.steps, step), "stop")


def _formed(families: list[list[Candidate]], form: JsonForm) -> list[list[Candidate]]:
    """Return solutions that say of themselves if they are not of the form they were to have."""
    return [
        [replace(kid, finish=kid.finish and form.ending(kid.answer, kid.finish)) for kid in family]
        for family in families
    ]
