"""One search in progress."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from random import Random

from pydantic import JsonValue

from engines.base import Conversation, Message, Prompt, Sampling, Step
from engines.tasks import collect
from scorers.answers import Answers
from scorers.base import Candidate, Scored
from scorers.preference import Pair, Preference
from scorers.structured import JsonForm
from search.budget import Ledger
from search.comparing import Referee
from search.drawing import Drawer, seed_of
from search.events import Grouped, Noted, Rendered, Written
from search.judging import Judges, key
from search.models import Models, Task
from search.recorder import Recorder


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
        self._engine, self._grader = models.engine, models.grader
        self._task, self._record = task, record
        schema = task.sampling.json_schema
        self._form = None if schema is None else JsonForm(schema)
        self._drawer = Drawer(models.engine, task, ledger, record, draw_until, form=self._form)
        self._judges = Judges(models.scorers, ledger, record)
        self._referee = Referee(models.pairs, ledger, record)
        self._drawn: list[Candidate] = []
        self._prompts: dict[Conversation, Prompt] = {}
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

    async def prompts(self, continuations: Sequence[Sequence[Message]]) -> list[Candidate]:
        """Return a candidate without steps for each of (K,) continuations of the conversation.

        Equal ones are rendered once, and have one prompt.
        """
        asked = self._task.conversation
        asked_all = [replace(asked, messages=(*asked.messages, *turns)) for turns in continuations]
        new = [asked for asked in dict.fromkeys(asked_all) if asked not in self._prompts]
        for prompt in await collect(self._engine.render(asked) for asked in new):
            self._record.say(Rendered(prompt))
            self._prompts[prompt.conversation] = prompt
        return [Candidate(self._prompts[asked]) for asked in asked_all]

    async def write(
        self,
        candidates: Sequence[Candidate],
        text: str,
        *,
        instead_of: str = "",
        aside: bool = False,
    ) -> list[Candidate]:
        """Put a text of our own behind each of (N,) candidates, which can then be continued.

        A solution the model had ended is opened again: the token that ended it is taken off, and
        so is the text `instead_of`, with which its last step may end. A solution that has no
        room for the text has ended by its length, without it. `aside` is as in `extend`.
        """
        ids = await self._engine.tokenize(text)
        step = Step(text, len(ids or ()), ids)
        self._record.say(Written(step))
        opened = [await self._without(instead_of, reopened(c)) for c in candidates]
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
    ) -> list[Candidate]:
        """Draw `n` continuations of each unfinished candidate, all together.

        Args:
            candidates: (N,) candidates; the finished ones are passed on as they are.
            n: children of each.
            sampling: from `steps`, to draw one step; whole solutions if it is not given.
            live: the first child's text is the answer already, and is shown as it is drawn; with
                a schema only if there is no other solution that might take its place.
            aside: the children are no solutions, but drawn to learn of their parents: they stay
                out of the pool, and the parents in it; a schema does not hold for them.
            chunk: a child that fills the cap of `sampling` has not ended, and can go on.

        Returns:
            Children in the order of their parents: (N * n,) if none was finished and the budget
            allowed them all. A candidate with steps whose request failed is passed on as it was.

        Raises:
            BudgetExhausted: less than a token for each request, or no time, is left.
            EngineError: a request was refused, or more requests failed than came back.
        """
        families = await self.extend_each(
            candidates, n, sampling, live=live, aside=aside, chunk=chunk
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
        live = live and not (how.json_schema and self._drawn)
        drawn = iter(await self._drawer.draw(parents, n, how, live=live, chunk=chunk))
        families = [[c] if c.finished else next(drawn) for c in candidates]
        if not aside:
            self._replace(candidates, families)
        return families

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

        With a schema that is the whole text of those that are of it.
        """
        call, texts = self._record.next_call(), tuple(c.answer for c in candidates)
        if self._form is None:
            answers = await self._grader.group(texts, self._task.pattern)
        else:
            whole = (c.answer if c.whole else None for c in candidates)
            answers = self._form.group(list(whole))
        self._record.say(Grouped(call, texts, answers))
        return answers

    def note(self, label: str, **data: JsonValue) -> None:
        """Say how the search is going. Never awaits, never fails."""
        self._record.say(Noted(label, data))

    def propose(self, answer: Candidate) -> None:
        """Say which answer is to be returned if budget or time end the search here."""
        self.proposed = answer

    def degrade(self, reason: str) -> None:
        """Say that something was not done as asked for; the response will, too."""
        self._record.degrade(reason)

    async def _without(self, end: str, candidate: Candidate) -> Candidate:
        """Take a text and what follows it off the last step, which is then tokenized anew."""
        if not end or not candidate.steps or end not in candidate.steps[-1].text:
            return candidate
        kept, last = candidate.steps[:-1], candidate.steps[-1]
        text = last.text.partition(end)[0]
        ids = await self._engine.tokenize(text)
        step = Step(text, last.tokens if ids is None else len(ids), ids)
        self._record.say(Written(step))
        return replace(candidate, steps=(*kept, step))

    def _replace(
        self, candidates: Sequence[Candidate], families: Sequence[Sequence[Candidate]]
    ) -> None:
        """Put children in the place of the candidates they continue."""
        pairs = list(zip(candidates, families, strict=True))
        parted = {key(c) for c, kids in pairs if any(kid is not c for kid in kids)}
        fresh = [kid for c, kids in pairs for kid in kids if kid is not c]
        self._drawn = [c for c in self._drawn if key(c) not in parted] + fresh


def reopened(candidate: Candidate) -> Candidate:
    """Return a candidate that can be continued: one the model had ended lacks its last token."""
    bare = Candidate(candidate.prompt, candidate.steps)
    if candidate.finish != "eos" or not bare.steps or not bare.steps[-1].ids:
        return bare
    last = bare.steps[-1]
    assert last.ids
    open_ = replace(
        last,
        tokens=last.tokens - 1,
        ids=last.ids[:-1],
        logprobs=last.logprobs and last.logprobs[:-1],
        certainty=last.certainty and last.certainty[:-1],
    )
    return replace(bare, steps=(*bare.steps[:-1], open_))
