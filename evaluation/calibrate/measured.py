"""What strategies came to on the questions of a calibration. Measures nothing itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.calibrate.live import Live
from evaluation.calibrate.pool import Pooled
from evaluation.calibrate.replays import Measure
from search.registry import AnyStrategy


@dataclass(frozen=True, slots=True)
class Measured:
    """What strategies came to.

    Attributes:
        pools: of the (Q,) questions that remain.
        strategies: (S,), those that were replayed before those that were live.
        live: how many of the strategies, the last ones, were live.
        measures: (Q, S).
        pauses: (S,) behind the prompts of each; what was replayed on `pools` stands first, then the
            same on `paused`.
        paused: further pools of the questions, by their pauses.
        left_out: by the id of a question, why it is not among them.
        degradations: how often what was not done as asked for.
    """

    pools: Sequence[Pooled]
    strategies: Sequence[AnyStrategy]
    live: int
    measures: Sequence[Sequence[Measure]]
    left_out: Mapping[str, str]
    degradations: Mapping[str, int]
    pauses: Sequence[int] = ()
    paused: Mapping[int, Sequence[Pooled]] = field(default_factory=dict)

    @property
    def fresh(self) -> int:
        """How many of the strategies, the last ones, have no use for a probe's samples."""
        return self.live + sum(m != self.pauses[0] for m in self.pauses)

    @classmethod
    def of(
        cls,
        replayed: Sequence[AnyStrategy],
        kept: Mapping[int, Sequence[Pooled]],
        rows: Sequence[Sequence[Sequence[Measure]]],
        searched: Sequence[tuple[AnyStrategy, Live]],
        left_out: Mapping[str, str],
    ) -> "Measured":
        """Put measures together.

        Args:
            replayed: strategies that were.
            kept: the pools of the questions that remain, by their (M,) pauses, the least first.
            rows: (M, Q, R) of those that were replayed.
            searched: those that were searched for, and what each came to.
            left_out: the other questions, and why.
        """
        (least, pools), *others = kept.items()
        degraded = [why for drawn in kept.values() for pool in drawn for why in pool.degradations]
        degraded += [why for _, one in searched for why in one.degradations]
        joined = [[one for row in several for one in row] for several in zip(*rows, strict=True)]
        measures = [[*row, *(one.measures[pool.id] for _, one in searched)]
                    for pool, row in zip(pools, joined, strict=True)]  # fmt: skip
        return cls(
            pools,
            [*(one for _ in kept for one in replayed), *(one for one, _ in searched)],
            len(searched),
            measures,
            left_out,
            Counter(degraded),
            [*(m for m in kept for _ in replayed), *(least for _ in searched)],
            dict(others),
        )
