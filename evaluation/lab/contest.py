"""Who picks best among N solutions: the laboratory's figure 3 of arXiv:2305.20050.

Samples of the reasoner of held-out problems, judged by the process and the outcome reward model,
by a majority, and by the reasoner's own likelihood, which costs nothing and must be beaten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from transformers import LlamaForCausalLM

from evaluation.lab.found import MAIN, Contest, Told, watched
from evaluation.lab.models import Judge
from evaluation.lab.picking import best_of, majority_of, quintiles
from evaluation.lab.sampling import Sample, draw
from evaluation.lab.solutions import example
from evaluation.lab.task import Problem
from evaluation.statistics import Estimate, mean
from scorers.base import Aggregation, aggregate
from training.examples import Example
from training.measures import Rated, separation

_ORDER = ("prm", "orm", "majority")
"""As the paper has them."""
_AGGREGATIONS: tuple[Aggregation, ...] = ("product", "min", "last")


@dataclass(frozen=True, slots=True)
class Jury:
    """Who is compared, and whose samples are judged."""

    reasoner: LlamaForCausalLM
    prm: Judge
    orm: Judge


@dataclass(frozen=True, slots=True)
class Judged:
    """All that is known of a problem's (M,) samples: by judge, a score of each."""

    problem: Problem
    examples: tuple[Example, ...]
    scores: dict[str, tuple[float | None, ...]]

    @property
    def right(self) -> tuple[bool, ...]:
        """(M,) whether each one's final answer is right."""
        return tuple(bool(example.outcome) for example in self.examples)


def contest(
    jury: Jury, problems: Sequence[Problem], samples: int, *, seed: int, told: Told
) -> Contest:
    """Draw so many samples of each problem, have all of them judged, and compare the judges."""
    questions = [problem.question for problem in problems]
    drawings = draw(jury.reasoner, questions, samples, seed=seed)
    pools = [
        judged(jury, problems[place], drawn)
        for place, drawn in watched(drawings, told, "sampling and judging", len(problems))
    ]
    return compared(pools, samples, seed)


def judged(jury: Jury, problem: Problem, samples: Sequence[Sample]) -> Judged:
    """Have a problem's samples judged by everyone."""
    examples = tuple(example(problem, sample) for sample in samples)
    rewards = jury.prm.rate(examples)
    outcomes = jury.orm.rate(examples)
    scores: dict[str, tuple[float | None, ...]] = {
        "prm" if how == "product" else f"prm_{how}": _of_answered(
            examples, [aggregate(own, how) if own else 0.0 for own in rewards]
        )
        for how in _AGGREGATIONS
    }
    scores["orm"] = _of_answered(examples, [own[-1] if own else 0.0 for own in outcomes])
    scores["likelihood"] = _of_answered(examples, [sample.logprob for sample in samples])
    return Judged(problem, examples, scores)


def compared(pools: Sequence[Judged], samples: int, seed: int) -> Contest:
    """Compare the judges by what their picks of 1, 2, 4, ... of the samples are worth."""
    sizes = tuple(takewhile(lambda n: n <= samples, (2**k for k in range(samples.bit_length()))))
    fifths = quintiles([sum(pool.right) / len(pool.right) for pool in pools])
    worth = {name: [_worth(pool, name, sizes, seed) for pool in pools] for name in _judges(pools)}
    return Contest(
        problems=len(pools),
        samples=samples,
        seed=seed,
        sizes=sizes,
        curves={name: _curve(rows, seed) for name, rows in worth.items()},
        quintiles={name: _by_fifth(worth[name], fifths) for name in MAIN},
        ahead={f"{a}_over_{b}": _ahead(worth[a], worth[b], seed) for a, b in pairwise(_ORDER)},
        separation={name: _separation(pools, name, seed) for name in pools[0].scores},
    )


def _of_answered(examples: Sequence[Example], scores: Sequence[float]) -> tuple[float | None, ...]:
    pairs = zip(examples, scores, strict=True)
    return tuple(None if example.answer is None else score for example, score in pairs)


def _judges(pools: Sequence[Judged]) -> list[str]:
    return [*pools[0].scores, "majority"]


def _worth(pool: Judged, judge: str, sizes: Sequence[int], seed: int) -> tuple[float, ...]:
    """Return (K,) chances that a judge's pick of N is right."""
    if judge != "majority":
        return tuple(best_of(pool.scores[judge], pool.right, n) for n in sizes)
    answers = [example.answer for example in pool.examples]
    place = f"{seed}/{pool.problem.question}"
    return tuple(majority_of(answers, str(pool.problem.answer), n, f"{place}/{n}") for n in sizes)


def _curve(rows: Sequence[Sequence[float]], seed: int) -> tuple[Estimate, ...]:
    return tuple(mean(values, seed) for values in zip(*rows, strict=True))


def _ahead(
    ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], seed: int
) -> Estimate:
    """Return by how much more is solved at the largest N, of (Q, K) chances each."""
    pairs = zip(ours, theirs, strict=True)
    return mean([mine[-1] - other[-1] for mine, other in pairs], seed)


def _by_fifth(
    rows: Sequence[Sequence[float]], fifths: Sequence[int]
) -> tuple[tuple[float, ...], ...]:
    parts = [[row for row, own in zip(rows, fifths, strict=True) if own == f] for f in range(5)]
    return tuple(
        tuple(sum(values) / len(values) for values in zip(*part, strict=True)) for part in parts
    )


def _separation(pools: Sequence[Judged], judge: str, seed: int) -> Estimate | None:
    rated = (
        Rated(pool.problem.question, score, right)
        for pool in pools
        for score, right in zip(pool.scores[judge], pool.right, strict=True)
        if score is not None
    )
    found = separation(rated, seed)
    return None if found is None else Estimate(found.auc, found.low, found.high)
