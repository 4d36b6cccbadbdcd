"""Where the beginnings of solutions lead: how many of their continuations are right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engines.base import Step
from engines.tasks import collect
from scorers.answers import Grader
from training.rollouts.drawing import Drawing
from training.rollouts.solutions import Prefix, Solution, solved


@dataclass(frozen=True, slots=True)
class _Begun:
    """A beginning to be continued, and the first place where it was drawn."""

    steps: tuple[Step, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Continued:
    """The roll-outs of one question, of whose solutions it knows the beginnings.

    Solutions that begin alike share the roll-outs of that beginning.
    """

    drawing: Drawing
    truth: str
    grader: Grader
    begun: Mapping[Prefix, _Begun]
    _shares: dict[Prefix, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, solutions: Sequence[Solution], drawing: Drawing, truth: str, grader: Grader
    ) -> "Continued":
        """Know the beginnings of (N,) solutions; nothing is drawn yet."""
        begun: dict[Prefix, _Begun] = {}
        for i, solution in enumerate(solutions):
            pairs = zip(solution.prefixes, solution.beginnings, strict=True)
            for step, (prefix, steps) in enumerate(pairs):
                begun.setdefault(prefix, _Begun(steps, f"r{i}.{step}"))
        return cls(drawing, truth, grader, begun)

    async def shares(self, prefixes: Iterable[Prefix]) -> Mapping[Prefix, float]:
        """Return the share of right roll-outs of these beginnings, and of those known before.

        A roll-out that gives no answer, or is cut short before it does, is not right.
        """
        fresh = [p for p in dict.fromkeys(prefixes) if p not in self._shares]
        drawn = await collect(self._share(self.begun[prefix]) for prefix in fresh)
        self._shares.update(zip(fresh, drawn, strict=True))
        return self._shares

    async def _share(self, begun: _Begun) -> float:
        candidates = await self.drawing.rollouts(begun.steps, begun.place)
        ends = await solved(candidates, self.drawing.plan, self.truth, self.grader)
        return sum(end.right for end in ends) / len(ends)
