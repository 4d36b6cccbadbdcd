"""Asking the chain of scorers, one after the other as they fail."""

from collections.abc import Sequence

from scorers.base import Abstention, Candidate, Opinion, Scored, Scorer, ScorerError
from search.budget import Ledger
from search.events import Judged
from search.recorder import Recorder


class Judges:
    """The chain of scorers of one search, from the one in charge to the last resort.

    Scores of different scorers are never compared: when the one in charge cannot judge, the
    next takes its place for the rest of the search, and judges anew what it is shown.
    """

    def __init__(self, scorers: Sequence[Scorer], ledger: Ledger, record: Recorder) -> None:
        self._chain = list(scorers)
        self._ledger, self._record = ledger, record

    async def score(self, candidates: Sequence[Candidate]) -> list[Scored]:
        """Judge (N,) candidates; return them in order, scored, equal ones judged once.

        Raises:
            BudgetExhausted: judging them could cost more than is left.
        """
        while self._chain:
            scored = await self._score(self._chain[0], candidates)
            if scored is not None:
                return scored
            self._chain.pop(0)
        self._record.degrade("no scorer could judge: the first finished answer is taken")
        return [_scored(c, Abstention("no scorer could judge"), "none") for c in candidates]

    async def _score(self, scorer: Scorer, candidates: Sequence[Candidate]) -> list[Scored] | None:
        if scorer.relative:
            opinions = await self._ask(scorer, tuple(_bare(c) for c in candidates))
            if opinions is None:
                return None
            pairs = zip(candidates, opinions, strict=True)
            return [_scored(c, opinion, scorer.name) for c, opinion in pairs]
        known = {key(c): c for c in candidates if isinstance(c, Scored) and c.scorer == scorer.name}
        fresh = {key(c): _bare(c) for c in candidates if key(c) not in known}
        if fresh:
            opinions = await self._ask(scorer, tuple(fresh.values()))
            if opinions is None:
                return None
            pairs = zip(fresh.values(), opinions, strict=True)
            known |= {key(c): _scored(c, opinion, scorer.name) for c, opinion in pairs}
        return [known[key(c)] for c in candidates]

    async def _ask(
        self, scorer: Scorer, candidates: tuple[Candidate, ...]
    ) -> tuple[Opinion, ...] | None:
        hold = self._ledger.hold(scorer.bound(candidates))
        try:
            judgement = await scorer.judge(candidates)
        except ScorerError as error:
            self._record.degrade(f"scorer {scorer.name} failed: {error}")
            return None
        self._ledger.settle(hold, judgement.usage, "verifier")
        call = self._record.next_call()
        self._record.say(Judged(call, scorer.name, candidates, judgement))
        silent = [o.reason for o in judgement.opinions if isinstance(o, Abstention)]
        if silent:
            self._record.degrade(
                f"scorer {scorer.name} abstained on {len(silent)} of {len(candidates)}: {silent[0]}"
            )
        return None if len(silent) == len(candidates) else judgement.opinions


def key(candidate: Candidate) -> tuple[int, str]:
    """Return what makes two candidates equal to a scorer: the same prompt, the same text."""
    return id(candidate.prompt), candidate.text


def _bare(candidate: Candidate) -> Candidate:
    return Candidate(candidate.prompt, candidate.steps, candidate.finish)


def _scored(candidate: Candidate, opinion: Opinion, scorer: str) -> Scored:
    return Scored(
        candidate.prompt, candidate.steps, candidate.finish, opinion=opinion, scorer=scorer
    )
