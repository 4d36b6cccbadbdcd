"""A process reward model that is a language model: it says + or - after each step.

Sources: Math-Shepherd, arXiv:2312.08935, section 3.4; RLHFlow's models, by the code published with
them. One token is read, not drawn, behind each step; the reward is P(+) / (P(+) + P(-)). What
precedes a step is the same text for all that follows it, so that a server's prefix cache has it
already, and a reward that is known is not asked for again.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from pydantic import Field

from engines.base import Engine, Step
from engines.conversation import Conversation, Message
from engines.errors import EngineError
from engines.probe import VllmConfig
from engines.tasks import collect
from engines.usage import Counted, Usage
from scorers.asking import Asker, AskingConfig, neither, probability
from scorers.base import (
    Abstention,
    Aggregation,
    Candidate,
    Judgement,
    Opinion,
    ScorerUnavailable,
    Verdict,
    aggregate,
)
from scorers.each import Answered, Failed, failed
from scorers.families import LABEL_FAMILIES, LabelFamily, LabelName, label_family_of
from scorers.layout import Written
from scorers.prm import KNOWN

_ADVICE = (
    "the server must be one that generates, not one of pooling, and give log-probabilities; set "
    "`family`, and `labels` to what the model says after a right and a wrong step"
)

Prefix: TypeAlias = tuple[str, tuple[str, ...]]
"""A question as it is written, and the steps up to the one that is rated."""
Reply: TypeAlias = Answered | Failed


class PrmLabelsConfig(AskingConfig):
    """A process reward model that says a label after each step."""

    kind: Literal["prm_labels"] = "prm_labels"
    server: VllmConfig = Field(description="its server, with the fields of the `vllm` engine")
    family: LabelName | None = Field(
        default=None, description="how it is written for and read; by the model's name if not given"
    )
    labels: tuple[str, str] | None = Field(
        default=None, description="what it says after a right and after a wrong step"
    )
    aggregation: Aggregation | None = Field(
        default=None, description="how the rewards of steps become the score"
    )

    def scorer(self, name: str, engine: Engine) -> "PrmLabels":
        """Return the scorer that asks this engine."""
        model = engine.capabilities.model
        known = LABEL_FAMILIES[self.family] if self.family else label_family_of(model)
        family = replace(
            known,
            labels=self.labels or known.labels,
            aggregation=self.aggregation or known.aggregation,
        )
        return PrmLabels(name, engine, family, self.timeout_seconds)


class PrmLabels:
    """Judges candidates by the label behind each of their steps, a call for each, all at once.

    Args:
        name: what the configuration calls it.
        engine: of the reward model.
        family: what it reads, and how that is read.
        timeout_seconds: the longest that an answer may take.
        remembered: the most prefixes whose rewards are kept.
    """

    relative, remote = False, True
    alternatives = 0

    def __init__(
        self,
        name: str,
        engine: Engine,
        family: LabelFamily,
        timeout_seconds: float,
        *,
        remembered: int = 4096,
    ) -> None:
        self.name, self.partial = name, not family.whole
        self._family = family
        self._asker = Asker(name, engine, family.labels, timeout_seconds)
        self._remembered = remembered
        self._known: OrderedDict[Prefix, Answered] = OrderedDict()

    @property
    def counts(self) -> Counted:
        """What is known of the cost of the model's tokens."""
        return self._asker.counts

    async def check(self) -> None:
        """Have a known text of two steps rated, and return if each step had its label.

        Raises:
            ScorerUnavailable: it had not; says what to change in the server or the configuration.
        """
        try:
            (opinion,) = (await self.judge((KNOWN,))).opinions
        except ScorerUnavailable as error:
            raise ScorerUnavailable(f"{error}: {_ADVICE}", unspent=error.unspent) from error
        if isinstance(opinion, Abstention):
            raise ScorerUnavailable(f"{opinion.reason}: {_ADVICE}")

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return a call of a token for each step whose reward is not known."""
        return self._bound(self._fresh([self._write(candidate) for candidate in candidates]))

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`. One with a failed call is abstained on."""
        written = [self._write(candidate) for candidate in candidates]
        known = {p: self._known[p] for w in written for p in prefixes(w) if p in self._known}
        fresh = self._fresh(written)
        replies = await collect(self._ask(prefix) for prefix in fresh)
        told: dict[Prefix, Reply] = {**known, **dict(zip(fresh, replies, strict=True))}
        self._remember(told)
        opinions = tuple(self._opinion(w, told) for w in written)
        failures = [reply.error for reply in replies if isinstance(reply, Failed)]
        if failures and not any(isinstance(opinion, Verdict) for opinion in opinions):
            raise ScorerUnavailable(
                f"{len(failures)} of {len(replies)} calls of the verifier failed: {failures[0]}",
                unspent=len(failures) == len(replies) and all(f.unspent for f in failures),
            ) from failures[0]
        return Judgement(opinions, sum((reply.usage for reply in replies), start=Usage()))

    def _write(self, candidate: Candidate) -> Written:
        if not self._family.whole:
            return self._family.layout.write(candidate)
        whole = (Step(candidate.answer, 0),) if candidate.finished else ()
        return self._family.layout.write(replace(candidate, steps=whole))

    def _fresh(self, written: Sequence[Written]) -> list[Prefix]:
        wanted = {prefix: None for w in written if not w.empty for prefix in prefixes(w)}
        return [prefix for prefix in wanted if prefix not in self._known]

    async def _ask(self, prefix: Prefix) -> Answered | Failed:
        if self._family.chat:
            reply = await self._asker.answer(turns(prefix, self._family.labels[0]))
        else:
            reply = await self._asker.follow(self._family.layout.text(*prefix))
        if isinstance(reply, EngineError):
            return failed(reply, self._bound([prefix]))
        right, wrong = reply.logprobs
        if neither(right, wrong):
            said = " nor ".join(self._family.labels)
            return Answered(Abstention(f"the verifier says neither {said}"), reply.usage)
        share = probability(right, wrong)
        return Answered(Verdict(share, (share,)), reply.usage)

    def _bound(self, asked: Sequence[Prefix]) -> Usage:
        texts = [self._family.layout.text(*prefix) for prefix in asked]
        return self._asker.bound(texts, 2 * sum(len(steps) for _, steps in asked))

    def _opinion(self, written: Written, told: Mapping[Prefix, Reply]) -> Opinion:
        if written.empty:
            return Abstention("the solution is unfinished, or has no text")
        rewards: list[float] = []
        for prefix in prefixes(written):
            reply = told[prefix]
            if isinstance(reply, Failed):
                return Abstention(f"the verifier's call failed: {reply.error}")
            if isinstance(reply.opinion, Abstention):
                return reply.opinion
            rewards.append(reply.opinion.score)
        how = self._family.aggregation
        steps = tuple(aggregate(step, how) for step in written.by_step(rewards))
        return Verdict(aggregate(rewards, how), steps)

    def _remember(self, told: Mapping[Prefix, Reply]) -> None:
        for prefix, reply in told.items():
            if isinstance(reply, Answered) and isinstance(reply.opinion, Verdict):
                self._known[prefix] = replace(reply, usage=Usage())
                self._known.move_to_end(prefix)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)


def prefixes(written: Written) -> list[Prefix]:
    """Return (P,) prefixes of a solution, each up to the end of one of its pieces."""
    places = range(1, len(written.pieces) + 1)
    return [(written.prefix, written.pieces[:place]) for place in places]


def turns(prefix: Prefix, right: str) -> Conversation:
    """Return a prefix as turns, all steps but the last labelled as right."""
    question, (first, *others) = prefix
    told = [Message("user", question + first)]
    for step in others:
        told += [Message("assistant", right), Message("user", step)]
    return Conversation(tuple(told))
