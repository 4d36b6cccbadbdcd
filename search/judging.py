"""Asking the chain of scorers, one after the other as they fail."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal, TypeAlias

from engines.base import Step
from scorers.base import Abstention, Candidate, Opinion, Scored, Scorer, ScorerError, Verdict
from search.budget import NOTHING, Ledger
from search.errors import BudgetExhausted
from search.events import Judged, Unaffordable, Unjudged
from search.recorder import Recorder
from search.watching import Watch

OnVerifierError: TypeAlias = Literal["degrade", "fail"]
"""What a search does when a scorer fails: ask the next, and say so; or fail as well."""
Key: TypeAlias = tuple[int, tuple[str, ...], bool]


class Judges:
    """The chain of scorers of one search, from the one in charge to the last resort.

    Scores of different scorers are never compared: when the one in charge cannot judge, the
    next takes its place for the rest of the search, and judges anew what it is shown.
    """

    def __init__(
        self,
        scorers: Sequence[Scorer],
        ledger: Ledger,
        record: Recorder,
        on_error: OnVerifierError = "degrade",
    ) -> None:
        self._chain, self._on_error = list(scorers), on_error
        self._ledger, self._record = ledger, record
        self._known: dict[Key, Opinion] = {}
        self._early: dict[Key, Opinion] = {}
        self._together: tuple[Candidate, ...] = ()

    def newest(self, candidate: Candidate) -> Candidate:
        """Return a candidate with the opinion there is of it, or as it is if there is none."""
        opinion = self._known.get(key(candidate)) or self._early.get(key(candidate))
        return _scored(candidate, opinion, self._chain[0].name) if opinion else candidate

    async def score(self, candidates: Sequence[Candidate]) -> list[Scored]:
        """Judge (N,) candidates; return them in order, scored, equal ones judged once.

        Raises:
            BudgetExhausted: judging them could cost more than is left.
            ScorerError: a scorer failed, and nobody is to take its place.
        """
        scored = await self.ask(candidates)
        if scored is not None:
            return scored
        self._record.degrade("no scorer could judge: the first finished answer is taken")
        nobody = Abstention("no scorer could judge")
        return [_scored(candidate, nobody, "none") for candidate in candidates]

    async def ask(self, candidates: Sequence[Candidate]) -> list[Scored] | None:
        """Judge (N,) candidates like `score`; return `None` if no scorer of the chain could."""
        while self._chain:
            scorer = self._chain[0]
            if await self._judge(scorer, candidates):
                return [_scored(c, self._known[key(c)], scorer.name) for c in candidates]
            self._chain.pop(0)
            self._known.clear()
            self._early.clear()
            self._together = ()
        return None

    def watch(self, root: Candidate) -> Watch | None:
        """Return what has solutions judged as they end; `score` then has fewer to ask about.

        `None` where that gains nothing, as no server is waited for; or where the outcome would
        depend on which came first: a score may depend on who is judged together, and a limit on
        the cost of judging decides who is judged at all.
        """
        if not self._chain or self._chain[0].relative or not self._chain[0].remote:
            return None
        text = f"{root.prompt.thinking.skipped}." if root.prompt.thinking else "."
        least = self._chain[0].bound((Candidate(root.prompt, (Step(text, 1),), "eos"),))
        free = least.calls > 0 and self._ledger.unlimited(least)
        return Watch(self._judge_early) if free else None

    async def _judge_early(self, solutions: list[Candidate]) -> Literal[False]:
        known = self._known.keys() | self._early.keys()
        fresh = tuple({key(c): c for c in solutions if key(c) not in known}.values())
        # If the scorer fails, `score` asks it again, and deals with that.
        with suppress(ScorerError):
            call = self._record.next_aside()
            self._early |= await self._ask(self._chain[0], fresh, call) if fresh else {}
        return False

    async def _judge(self, scorer: Scorer, candidates: Sequence[Candidate]) -> bool:
        """Have the candidates judged that are not yet; say whether the scorer could."""
        fresh = tuple(bare(c) for c in candidates)
        if not scorer.relative:
            fresh = tuple({key(c): c for c in fresh if key(c) not in self._known}.values())
        if not fresh:
            return True
        early = {key(c): self._early[key(c)] for c in fresh if key(c) in self._early}
        try:
            opinions = early | await self._rest(scorer, [c for c in fresh if key(c) not in early])
        except ScorerError as error:
            if self._on_error == "fail":
                raise
            self._record.degrade(f"scorer {scorer.name} failed: {error}")
            return False
        self._known |= opinions
        return self._heard(scorer, [opinions[key(c)] for c in fresh])

    async def _rest(self, scorer: Scorer, fresh: Sequence[Candidate]) -> dict[Key, Opinion]:
        call = self._record.upcoming
        opinions = await self._ask(scorer, tuple(fresh), call) if fresh else {}
        # The name is taken whether or not somebody was left to judge: it must not depend on that.
        self._record.next_call()
        self._together = ()
        return opinions

    def _heard(self, scorer: Scorer, opinions: Sequence[Opinion]) -> bool:
        """Say in the response who was not judged, or not by all; return whether anybody was."""
        partly = Counter(who for o in opinions if isinstance(o, Verdict) for who in o.missing)
        for who, times in partly.items():
            self._record.degrade(
                f"scorer {scorer.name} judged {times} of {len(opinions)} without {who}"
            )
        silent = [o.reason for o in opinions if isinstance(o, Abstention)]
        if silent:
            self._record.degrade(
                f"scorer {scorer.name} abstained on {len(silent)} of {len(opinions)}: {silent[0]}"
            )
        return len(silent) < len(opinions)

    async def _ask(
        self, scorer: Scorer, candidates: tuple[Candidate, ...], call: str
    ) -> dict[Key, Opinion]:
        bound, calls = scorer.bound(candidates), self._calls(scorer, candidates)
        try:
            hold = self._ledger.hold(bound)
        except BudgetExhausted as error:
            self._record.say(Unaffordable(scorer.name, candidates, error.currency))
            raise
        try:
            judgement = await scorer.judge(candidates)
        except ScorerError as error:
            self._ledger.settle(hold if error.unspent else NOTHING, error.usage, "verifier")
            reason = str(error)
            self._record.say(Unjudged(scorer.name, candidates, reason, error.unspent, bound))
            raise
        self._together = (*self._together, *candidates)
        usage = replace(judgement.usage, calls=min(judgement.usage.calls, calls))
        self._ledger.settle(hold, usage, "verifier")
        judged = replace(judgement, usage=usage)
        self._record.say(Judged(call, scorer.name, candidates, judged, scorer.relative))
        return {key(c): o for c, o in zip(candidates, judgement.opinions, strict=True)}

    def _calls(self, scorer: Scorer, candidates: tuple[Candidate, ...]) -> int:
        """Return the calls to bill: a round judged in parts is billed as if it were judged at once.

        In how many parts it is judged depends on who ends when.
        """
        before = scorer.bound(self._together).calls if self._together else 0
        return scorer.bound((*self._together, *candidates)).calls - before


def key(candidate: Candidate) -> Key:
    """Return what makes two candidates equal to a scorer: the same steps for the same prompt."""
    steps = tuple(step.text for step in candidate.steps)
    return id(candidate.prompt), steps, candidate.finished


def bare(candidate: Candidate) -> Candidate:
    """Return a candidate without the opinion there is of it."""
    return Candidate(candidate.prompt, candidate.steps, candidate.finish)


def _scored(candidate: Candidate, opinion: Opinion, scorer: str) -> Scored:
    bare = (candidate.prompt, candidate.steps, candidate.finish)
    return Scored(*bare, opinion=opinion, scorer=scorer)
