"""What is judged, and what a search may ask of a judge.

ScorerError
├── ScorerUnavailable   down, or its reply made no sense: the next of the chain is asked
│   └── ScorerBaffled   it answers, but can judge nothing of what it was shown
├── BadPattern          a caller's regular expression cannot be used; see scorers.answers
└── BadSchema           a caller's JSON Schema cannot be used; see scorers.structured
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Literal, Protocol, TypeAlias

from engines.base import Finish, Prompt, Step
from engines.usage import Counted, Usage
from scorers.programs.report import TestReport

Ending: TypeAlias = Finish | Literal["malformed"]
"""Why a solution ended; one that ended by itself, but is not of the schema, is malformed."""

_NOTHING = Usage()

Aggregation: TypeAlias = Literal["last", "min", "mean", "product"]
"""How the rewards of (S,) steps become the one score candidates are compared by."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A solution of `prompt`, or the start of one, as reasoning steps.

    `finish` says why the solution ended; `None` while it can still be continued.
    """

    prompt: Prompt
    steps: tuple[Step, ...] = ()
    finish: Ending | None = None

    @property
    def finished(self) -> bool:
        """Whether the solution has ended."""
        return self.finish is not None

    @property
    def text(self) -> str:
        """What the model has said so far."""
        return "".join(step.text for step in self.steps)

    @property
    def answer(self) -> str:
        """What of it is for the reader: the answer, which is compared, judged and returned.

        Empty as long as the model is still thinking.
        """
        return self._parts[1]

    @property
    def thinking(self) -> str:
        """What the model thought before it answered; empty if it did not."""
        return self._parts[0]

    @property
    def whole(self) -> bool:
        """Whether it came to its end by itself, with an answer of the form it was to have."""
        return self.finish in ("eos", "stop") and not self.unanswered

    @property
    def unanswered(self) -> bool:
        """Whether the model is still thinking, or ended while it was."""
        marks = self.prompt.thinking
        return marks is not None and marks.unended(self.text)

    @property
    def tokens(self) -> int:
        """Tokens of all steps."""
        return sum(step.tokens for step in self.steps)

    @property
    def answer_tokens(self) -> int:
        """Tokens of the answer: those behind the mark that ends the thinking.

        Where that cannot be found among the tokens, the answer's share by characters.
        """
        text, marks = self.text, self.prompt.thinking
        if marks is None or self.answer == text:
            return self.tokens
        ids = [token for step in self.steps for token in step.ids or ()]
        end = list(marks.end_ids)
        places = range(len(ids) - len(end) + 1) if end and len(ids) == self.tokens else ()
        found = next((i for i in places if ids[i : i + len(end)] == end), None)
        if found is not None:
            return len(ids) - found - len(end)
        return round(self.tokens * len(self.answer) / len(text))

    @property
    def _parts(self) -> tuple[str, str]:
        marks = self.prompt.thinking
        return ("", self.text) if marks is None else marks.split(self.text)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scorer's view of one candidate.

    `rewards` is (S,) from a process reward model, (1,) from an outcome reward model; `score` in
    [0, 1] is what candidates are compared by. `missing` says who else was asked, has no part in
    it, and why: "name: reason". `report` is what tests said, if it comes of tests.
    """

    score: float
    rewards: tuple[float, ...]
    missing: tuple[str, ...] = ()
    report: TestReport | None = None

    def __post_init__(self) -> None:
        # Written so that NaN fails too: it would win or lose every comparison by position.
        if not all(0 <= number <= 1 for number in (self.score, *self.rewards)):
            raise ScorerUnavailable(f"score {self.score} of {self.rewards} is not in [0, 1]")


@dataclass(frozen=True, slots=True)
class Abstention:
    """A scorer's refusal to judge one candidate, and why. It is not a number."""

    reason: str


Opinion: TypeAlias = Verdict | Abstention


@dataclass(frozen=True, slots=True)
class Scored(Candidate):
    """A candidate that the scorer named `scorer` has an opinion of."""

    opinion: Opinion = field(kw_only=True)
    scorer: str = field(kw_only=True)

    @property
    def score(self) -> float | None:
        """The verdict's score in [0, 1], or `None` if the scorer abstained."""
        return self.opinion.score if isinstance(self.opinion, Verdict) else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The (N,) opinions on N candidates in their order, and what they cost together."""

    opinions: tuple[Opinion, ...]
    usage: Usage = field(default_factory=Usage)


class Scorer(Protocol):
    """A judge of candidates: PRM, ORM or verifier."""

    @property
    def name(self) -> str:
        """What the configuration and the responses call it."""
        ...

    @property
    def partial(self) -> bool:
        """Whether candidates that have not finished can be judged, as a step search needs."""
        ...

    @property
    def alternatives(self) -> int:
        """How many alternatives' log-probabilities it needs of every token; see `Sampling`."""
        ...

    @property
    def relative(self) -> bool:
        """Whether a score depends on who is judged together: then all are, repeats too, anew."""
        ...

    @property
    def remote(self) -> bool:
        """Whether a server is asked: judging takes time then, which others can be drawn in."""
        ...

    @property
    def counts(self) -> Counted:
        """What of the cost of judging is known; all of it, if no server is asked."""
        ...

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return the most that judging (N,) candidates can cost, to be held beforehand."""
        ...

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates together, finished or not, for one prompt or several.

        Rewards are in [0, 1], one per step: P(step is correct), arXiv:2305.20050, section 2.6.

        Raises:
            ScorerError: no opinion could be had on any of them.
        """
        ...


class ScorerError(Exception):
    """Base of every error a scorer raises; `unspent` as of an `EngineError`.

    `usage` is what is known to have been spent by then.
    """

    unspent = False
    usage = Usage()


class ScorerUnavailable(ScorerError):
    """The scorer could not be reached, or its reply made no sense."""

    def __init__(self, message: str, *, unspent: bool = False, usage: Usage = _NOTHING) -> None:
        super().__init__(message)
        self.unspent, self.usage = unspent, usage


class ScorerBaffled(ScorerUnavailable):
    """The scorer is up, but can judge none of the candidates it was shown."""


def aggregate(rewards: Sequence[float], how: Aggregation) -> float:
    """Reduce (S,) step rewards in [0, 1] to one score in [0, 1]; no steps have the score 1.

    `product` is P(every step is correct), arXiv:2305.20050, section 2.6, summed as logarithms;
    `last` is arXiv:2408.03314, section 5.1; `min` is arXiv:2312.08935, section 3.4.
    """
    if not rewards:
        return 1.0
    if how == "product":
        return exp(sum(map(log, rewards))) if min(rewards) > 0 else 0.0
    if how == "mean":
        return sum(rewards) / len(rewards)
    return rewards[-1] if how == "last" else min(rewards)
