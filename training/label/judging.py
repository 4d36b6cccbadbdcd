"""A configured scorer's opinions of solutions in files.

Knows how they are shown to it, and that one it cannot judge must not cost the others theirs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engines.base import Prompt
from engines.conversation import Conversation, Message
from engines.errors import RequestRefused
from engines.tasks import collect
from scorers.base import Abstention, Candidate, Opinion, Scorer, ScorerBaffled, ScorerUnavailable
from search.scoring import ended, solution, unfit
from training.examples import Example
from training.label.batches import batches
from training.label.errors import UnfitScorer

Heard: TypeAlias = Callable[[Example, Opinion], None]
"""Told what is thought of each solution, in their order."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How solutions are judged.

    Attributes:
        scorer: who judges.
        step_end: what is put between steps.
        together: solutions in one request.
        concurrency: requests at once.
    """

    scorer: Scorer
    step_end: str = "\n\n"
    together: int = 16
    concurrency: int = 4

    def check(self) -> None:
        """Return if the scorer can judge solutions out of a file, each for itself.

        Raises:
            UnfitScorer: it can not.
        """
        name = self.scorer.name
        if why := unfit(self.scorer, finished=True):
            raise UnfitScorer(name, why.removeprefix(f"scorer {name} "))
        if self.scorer.relative:
            raise UnfitScorer(name, "compares solutions with each other, and judges none alone")

    async def judge(self, examples: Iterable[Example], heard: Heard) -> None:
        """Have solutions judged, and say what is thought of each as soon as it is known.

        Raises:
            ScorerUnavailable: the scorer is down. What was heard by then stands.
        """
        for some in batches(examples, self.together * self.concurrency):
            opinions = await collect(map(self._opinions, batches(some, self.together)))
            for example, opinion in zip(some, [o for part in opinions for o in part], strict=True):
                heard(example, opinion)

    async def _opinions(self, examples: Sequence[Example]) -> list[Opinion]:
        """Ask for opinions of (N,) solutions; if it cannot judge them together, one by one."""
        try:
            return list((await self.scorer.judge([*map(self._shown, examples)])).opinions)
        except ScorerUnavailable as error:
            baffled = isinstance(error, ScorerBaffled)
            if not (baffled or isinstance(error.__cause__, RequestRefused)):
                raise
            if len(examples) == 1:
                return [Abstention(str(error))]
        return [opinion for one in examples for opinion in await self._opinions([one])]

    def _shown(self, example: Example) -> Candidate:
        prompt = Prompt(Conversation((Message("user", example.question),)))
        return solution(prompt, ended(example.steps, self.step_end), finished=True)
