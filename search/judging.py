"""Asking the chain of scorers, one after the other as they fail."""

from collections.abc import Sequence
from typing import TypeAlias

from engines.base import Usage
from scorers.base import Abstention, Candidate, Opinion, Scored, Scorer, ScorerError
from search.budget import Hold, Ledger
from search.errors import BudgetExhausted
from search.events import Judged, Unaffordable, Unjudged
from search.recorder import Recorder

Key: TypeAlias = tuple[int, str, bool]


class Judges:
    """The chain of scorers of one search, from the one in charge to the last resort.

    Scores of different scorers are never compared: when the one in charge cannot judge, the
    next takes its place for the rest of the search, and judges anew what it is shown.
    """

    def __init__(self, scorers: Sequence[Scorer], ledger: Ledger, record: Recorder) -> None:
        self._chain = list(scorers)
        self._ledger, self._record = ledger, record
        self._known: dict[Key, Opinion] = {}

    def newest(self, candidate: Candidate) -> Candidate:
        """Return a candidate with the opinion there is of it, or as it is if there is none."""
        known = key(candidate) in self._known and self._chain
        return self._with_opinion(candidate) if known else candidate

    async def score(self, candidates: Sequence[Candidate]) -> list[Scored]:
        """Judge (N,) candidates; return them in order, scored, equal ones judged once.

        Raises:
            BudgetExhausted: judging them could cost more than is left.
        """
        while self._chain:
            if await self._judge(self._chain[0], candidates):
                return [self._with_opinion(candidate) for candidate in candidates]
            self._chain.pop(0)
            self._known.clear()
        self._record.degrade("no scorer could judge: the first finished answer is taken")
        nobody = Abstention("no scorer could judge")
        return [_scored(candidate, nobody, "none") for candidate in candidates]

    async def _judge(self, scorer: Scorer, candidates: Sequence[Candidate]) -> bool:
        """Have the candidates judged that are not yet; say whether the scorer could."""
        fresh = tuple(bare(c) for c in candidates)
        if not scorer.relative:
            fresh = tuple({key(c): c for c in fresh if key(c) not in self._known}.values())
        if not fresh:
            return True
        opinions = await self._ask(scorer, fresh)
        if opinions is None:
            return False
        self._known |= {key(c): opinion for c, opinion in zip(fresh, opinions, strict=True)}
        return True

    def _with_opinion(self, candidate: Candidate) -> Scored:
        return _scored(candidate, self._known[key(candidate)], self._chain[0].name)

    async def _ask(
        self, scorer: Scorer, candidates: tuple[Candidate, ...]
    ) -> tuple[Opinion, ...] | None:
        hold = self._hold(scorer, candidates)
        try:
            judgement = await scorer.judge(candidates)
        except ScorerError as error:
            self._failed(scorer, candidates, error, hold)
            return None
        self._ledger.settle(hold, judgement.usage, "verifier")
        call = self._record.next_call()
        self._record.say(Judged(call, scorer.name, candidates, judgement, scorer.relative))
        silent = [o.reason for o in judgement.opinions if isinstance(o, Abstention)]
        if silent:
            self._record.degrade(
                f"scorer {scorer.name} abstained on {len(silent)} of {len(candidates)}: {silent[0]}"
            )
        return None if len(silent) == len(candidates) else judgement.opinions

    def _hold(self, scorer: Scorer, candidates: tuple[Candidate, ...]) -> Hold:
        try:
            return self._ledger.hold(scorer.bound(candidates))
        except BudgetExhausted as error:
            self._record.say(Unaffordable(scorer.name, candidates, error.currency))
            raise

    def _failed(
        self, scorer: Scorer, candidates: tuple[Candidate, ...], error: ScorerError, hold: Hold
    ) -> None:
        if error.unspent:
            self._ledger.settle(hold, Usage(), "verifier")
        self._record.say(Unjudged(scorer.name, candidates, str(error), error.unspent))
        self._record.degrade(f"scorer {scorer.name} failed: {error}")


def key(candidate: Candidate) -> Key:
    """Return what makes two candidates equal to a scorer: the same text for the same prompt."""
    return id(candidate.prompt), candidate.text, candidate.finished


def bare(candidate: Candidate) -> Candidate:
    """Return a candidate without the opinion there is of it."""
    return Candidate(candidate.prompt, candidate.steps, candidate.finish)


def _scored(candidate: Candidate, opinion: Opinion, scorer: str) -> Scored:
    bare = (candidate.prompt, candidate.steps, candidate.finish)
    return Scored(*bare, opinion=opinion, scorer=scorer)
