"""A line for each prompt: both answers, what the judge made of them in both orders, what it cost.

They are kept in a run's journal, from which the run goes on.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter

from engines.usage import Usage
from evaluation.pairwise.protocol import Scores, Verdict, split


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says: its answer, and the bill.

    Attributes:
        text: the answer, without thinking.
        stop: what ended its search; `None` if it is from a file.
        usage: what it cost.
        degradations: what was not done as asked for.
    """

    text: str
    stop: str | None = None
    usage: Usage = field(default_factory=Usage)
    degradations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """The judge's reply to one order, and the scores in it; `None` if there are not two."""

    reply: str
    scores: Scores | None
    usage: Usage


@dataclass(frozen=True, slots=True)
class Judged:
    """A prompt that both answered and the judge was asked about in both orders.

    Attributes:
        id: the prompt's.
        prompt: its last message.
        a: the answer of A.
        b: the answer of B.
        ab: the rating with A's answer shown first.
        ba: that with B's shown first.
        verdict: what comes of it for A; `None` where a reply has no two scores.
    """

    id: str
    prompt: str
    a: Answer
    b: Answer
    ab: Rating
    ba: Rating
    verdict: Verdict | None
    kind: Literal["judged"] = "judged"

    @property
    def split(self) -> bool:
        """Whether each answer was scored higher once."""
        ab, ba = self.ab.scores, self.ba.scores
        return ab is not None and ba is not None and split(ab, ba)


@dataclass(frozen=True, slots=True)
class Failed:
    """An answer, or a rating, could not be had; it is asked for again when the run goes on."""

    id: str
    prompt: str
    error: str
    kind: Literal["failed"] = "failed"


Record: TypeAlias = Judged | Failed
LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Judged | Failed, Discriminator("kind")])
