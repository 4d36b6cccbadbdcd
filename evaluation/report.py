"""What a run found: how many answers were right, how sure that is, and what it cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from engines.usage import Usage
from evaluation.fingerprint import Setup
from evaluation.programs.filtered import filtered_pass_at
from evaluation.records import Answered, Record
from evaluation.statistics import pass_at_k, wilson


@dataclass(frozen=True, slots=True)
class Report:
    """A run's figures. All but `seconds` and `resumed` are the same for a run done in parts.

    Attributes:
        setup: how the questions were asked.
        n: questions, those that failed included.
        right: how many were answered right.
        accuracy: right / n; a question that failed was not answered right.
        interval: the 95 % interval of the accuracy, by Wilson.
        errors: questions whose search raised; run again to try them again.
        no_answer: questions whose solution gives no final answer.
        pass_at: P(one of k solutions is right) by k, 1, 2, 4 and so on up to the number of
            solutions of a search: what choosing better could reach. An estimate only where
            solutions are drawn independently of each other.
        filtered_pass_at: the same of the programs that pass the public tests, where questions ask
            for programs and have such tests; see `evaluation.programs.filtered`.
        tokens: completion tokens drawn.
        tokens_per_question: the mean of those.
        verifier_tokens: completion tokens of verifiers that write.
        calls: requests to model servers.
        flops: of generator and verifiers; `None` if the generator's size is unknown.
        cost: money, of generator and verifiers; `None` if the generator's prices are unknown.
        right_per: right answers for each token, second of a search, FLOP and unit of money spent;
            `None` where that is unknown, or nothing.
        seconds: wall-clock time of this part of the run.
        search_seconds: the median of a search.
        stops: how many searches ended for which reason.
        degradations: how many searches did not do what, and why.
        resumed: how many of the questions had been answered before.
    """

    setup: Setup
    n: int
    right: int
    accuracy: float
    interval: tuple[float, float]
    errors: int
    no_answer: int
    pass_at: Mapping[int, float]
    filtered_pass_at: Mapping[int, float]
    tokens: int
    tokens_per_question: float
    verifier_tokens: int
    calls: int
    flops: float | None
    cost: float | None
    right_per: Mapping[str, float | None]
    seconds: float
    search_seconds: float
    stops: Mapping[str, int]
    degradations: Mapping[str, int]
    resumed: int


def summarise(setup: Setup, records: Sequence[Record], seconds: float, *, resumed: int) -> Report:
    """Count (N,) records of N questions, at least one."""
    answered = [record for record in records if isinstance(record, Answered)]
    right, n = sum(record.right for record in answered), len(records)
    generator = sum((record.generator for record in records), start=Usage())
    verifier = sum((record.verifier for record in records), start=Usage())
    return Report(
        setup,
        n,
        right,
        right / n,
        wilson(right, n),
        errors=n - len(answered),
        no_answer=sum(record.given is None for record in answered),
        pass_at=_pass_at(answered, n),
        filtered_pass_at=_filtered(records),
        tokens=generator.completion_tokens,
        tokens_per_question=generator.completion_tokens / n,
        verifier_tokens=verifier.completion_tokens,
        calls=generator.calls + verifier.calls,
        flops=_known(generator.flops, verifier.flops),
        cost=_known(generator.cost, verifier.cost),
        right_per=_right_per(right, generator, verifier, sum(r.seconds for r in records)),
        seconds=seconds,
        search_seconds=median(record.seconds for record in records),
        stops=dict(Counter(record.stop for record in answered)),
        degradations=dict(Counter(why for record in answered for why in record.degradations)),
        resumed=resumed,
    )


def _known(generator: float, verifier: float) -> float | None:
    """Return what both cost together; `None` if what the generator costs is not known."""
    return generator + verifier if generator else None


def _right_per(
    right: int, generator: Usage, verifier: Usage, seconds: float
) -> dict[str, float | None]:
    spent = {
        "token": generator.completion_tokens + verifier.completion_tokens,
        "second": seconds,
        "flop": _known(generator.flops, verifier.flops),
        "cost": _known(generator.cost, verifier.cost),
    }
    return {unit: right / much if much else None for unit, much in spent.items()}


def _filtered(records: Sequence[Record]) -> dict[int, float]:
    drawn = [record.drawn if isinstance(record, Answered) else () for record in records]
    tested = any(one.public is not None for several in drawn for one in several)
    return filtered_pass_at(drawn) if tested else {}


def _pass_at(answered: Sequence[Answered], n: int) -> dict[int, float]:
    most = max((record.solutions for record in answered), default=0)
    ks = [2**power for power in range(most.bit_length()) if 2**power <= most]
    return {k: sum(pass_at_k(r.solutions, r.solutions_right, k) for r in answered) / n for k in ks}
