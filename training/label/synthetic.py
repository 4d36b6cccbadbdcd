"""Process labels by a larger process reward model, in place of a person.

Source: arXiv:2305.20050, section 4.1. A step is wrong iff P(negative) > 0.20, for the model is a
little too kind; labels stop at the first wrong step; a solution is right iff no step is wrong.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from scorers.base import Abstention, Opinion
from training.examples import Example, Rating
from training.label.errors import UnfitScorer
from training.label.judging import Judging

THRESHOLD = 0.20

_ROUNDING = 1e-6
"""A reward that a server gives in single precision is not further than this from what it means."""

Labelled: TypeAlias = Callable[[Example], None]
"""Takes a labelled solution."""
Unlabelled: TypeAlias = Callable[[Example, str], None]
"""Takes one that was not labelled, and why."""


@dataclass(slots=True)
class Synthesised:
    """How many solutions were labelled, by whether a step is wrong, and how many steps."""

    labelled: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    unlabelled: int = 0


@dataclass(frozen=True, slots=True)
class Supervision:
    """How a verifier labels.

    Attributes:
        judging: who judges, and how it is shown solutions.
        threshold: P(negative) above which a step is wrong.
        outcomes: whether a solution is also labelled as a whole.
    """

    judging: Judging
    threshold: float = THRESHOLD
    outcomes: bool = False

    @property
    def source(self) -> str:
        """What labelled examples say of where their labels are from."""
        outcomes = ", with outcomes" if self.outcomes else ""
        return f"{self.judging.scorer.name}, wrong above {self.threshold:g}{outcomes}"

    async def label(
        self, examples: Iterable[Example], labelled: Labelled, unlabelled: Unlabelled
    ) -> Synthesised:
        """Label solutions; labels that they have are replaced. Those not judged stay without.

        Raises:
            UnfitScorer: the scorer does not judge steps.
            ScorerUnavailable: the scorer is down. What was labelled by then stands.
        """
        counts = Synthesised()

        def hear(example: Example, opinion: Opinion) -> None:
            if isinstance(opinion, Abstention):
                counts.unlabelled += 1
                unlabelled(example, opinion.reason)
                return
            ratings = self._ratings(example, opinion.rewards)
            counts.labelled["with an error" if -1 in ratings else "right"] += 1
            counts.steps["right"] += ratings.count(1)
            counts.steps["wrong"] += ratings.count(-1)
            labelled(self._labelled(example, ratings))

        self.judging.check()
        await self.judging.judge(examples, hear)
        return counts

    def _ratings(self, example: Example, rewards: Sequence[float]) -> tuple[Rating, ...]:
        steps = len(example.steps)
        if len(rewards) != steps:
            does = f"gave {len(rewards)} rewards for {steps} steps: it does not judge steps"
            raise UnfitScorer(self.judging.scorer.name, does)
        return ratings_of(rewards, self.threshold)

    def _labelled(self, example: Example, ratings: tuple[Rating, ...]) -> Example:
        outcome = -1 not in ratings if self.outcomes else example.outcome
        source = f"{example.source}; {self.source}" if example.source else self.source
        return example.model_copy(
            update={"ratings": ratings, "values": None, "outcome": outcome, "source": source}
        )


def ratings_of(rewards: Sequence[float], threshold: float = THRESHOLD) -> tuple[Rating, ...]:
    """Return the labels of steps with these (S,) rewards, up to the first that is wrong.

    A step is wrong iff P(negative), which is 1 - reward, is above the threshold; at the threshold
    it is right.
    """
    ratings: list[Rating] = []
    for reward in rewards:
        wrong = 1 - reward > threshold + _ROUNDING
        ratings.append(-1 if wrong else 1)
        if wrong:
            break
    return tuple(ratings)
