"""Programs at equal tokens, by strategy; and what is gained by drawing more where ideas differ.

Source: arXiv:2409.03733: figure 5 in shape (accuracy over compute, programs filtered by the public
tests), and section 6.2 (gains rise with the diversity of ideas). On problems whose ideas are known,
with a scripted model: what is measured is the strategies, not a model's skill.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import StatisticsError, correlation, fmean
from typing import TypeAlias, get_args

from pydantic import JsonValue

from engines.base import Sampling
from engines.fake import FakeEngine
from evaluation.datasets import Question
from evaluation.ideas.model import scripted
from evaluation.ideas.problem import IdeaProblem, Kind
from evaluation.records import Answered, Record
from evaluation.run import evaluate
from evaluation.statistics import Difference, Estimate, mean, paired, pass_at_k
from scorers.base import ScorerUnavailable
from scorers.diversity import Comparing, idea_diversity
from scorers.equality import MathGrader
from scorers.programs.behaviour import Behaviour
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import Sandbox
from scorers.programs.unit_tests import UnitTests
from search import Budget, Models
from search.strategies import IdeaSearch, PlanSearch, RepeatedSampling, Strategy
from training.measures import bootstrap

STRATEGIES: Mapping[str, Strategy] = {
    "repeated_sampling": RepeatedSampling(n=256),
    "idea_search": IdeaSearch(n=256),
    "plan_search": PlanSearch(),
}
BUDGETS = (2_000, 12_000)
"""Tokens of a search."""
_LIMITS = TestLimits()
_SAMPLING = Sampling(max_tokens=200, temperature=0.9, top_p=0.95)
_K = 64
"""Programs whose gain over one is correlated with diversity."""
_COMPARED = Comparing(most=24)
"""How programs are told apart, two by two."""

Told: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it.

    Attributes:
        problems: of each kind.
        seed: of the problems and of all samples.
        budgets: (B,) tokens.
        accuracy: by kind and strategy, (B,) shares of problems whose answer passes hidden tests.
        tokens: by kind and strategy, (B,) the mean tokens taken of those.
        ahead: by kind, the accuracy of plan search less that of repeated sampling, (B,).
        diversity: of the programs drawn at once, the mean over problems.
        gain: pass@64 less pass@1 of those, the mean over problems.
        correlation: Pearson's, of the two over problems; 0 where one of them does not vary.
    """

    problems: Mapping[Kind, int]
    seed: int
    budgets: tuple[int, ...]
    accuracy: Mapping[Kind, Mapping[str, tuple[Estimate, ...]]]
    tokens: Mapping[Kind, Mapping[str, tuple[float, ...]]]
    ahead: Mapping[Kind, tuple[Difference, ...]]
    diversity: Estimate
    gain: Estimate
    correlation: Estimate

    @property
    def plain(self) -> dict[str, JsonValue]:
        """As JSON."""
        return asdict(self)


async def measure(
    problems: Sequence[IdeaProblem],
    sandbox: Sandbox,
    *,
    budgets: Sequence[int] = BUDGETS,
    seed: int = 0,
    told: Told = lambda _: None,
) -> Found:
    """Search for programs for (P,) problems at each budget by each strategy.

    Raises:
        ScorerUnavailable: the sandbox could not run the programs.
    """
    world = _World(problems, sandbox, seed)
    runs: dict[str, list[list[Answered]]] = {name: [] for name in STRATEGIES}
    for name, strategy in STRATEGIES.items():
        for budget in budgets:
            told(f"{name}, {budget} tokens")
            runs[name].append(await world.run(strategy, budget))
    told("telling ideas apart")
    drawings = await world.diversities(runs["repeated_sampling"][-1])
    return _found(runs, problems, budgets, seed, drawings)


def _answered(record: Record) -> Answered:
    """Return a record of a search that came to its end, as all of a scripted model's do.

    Raises:
        ScorerUnavailable: its programs could not be run.
    """
    if not isinstance(record, Answered):
        raise ScorerUnavailable(record.error)
    return record


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The diversity of one problem's programs, and what drawing many of them gains over one."""

    diversity: float
    gain: float


@dataclass(frozen=True, slots=True)
class _World:
    problems: Sequence[IdeaProblem]
    sandbox: Sandbox
    seed: int

    @property
    def engine(self) -> FakeEngine:
        return scripted(self.problems)

    async def run(self, strategy: Strategy, budget: int) -> list[Answered]:
        records: list[Record] = []
        await evaluate(
            [Question(p.name, p.text, p.task.truth, program=p.task) for p in self.problems],
            strategy,
            self._models(self.problems[0]),
            Budget(tokens=budget),
            sampling=_SAMPLING,
            seed=self.seed,
            models_for=lambda question: self._models(self._named(question.id)),
            sandbox=self.sandbox,
            progress=records.append,
        )
        by_name = {one.id: one for one in records}
        return [_answered(by_name[problem.name]) for problem in self.problems]

    def _named(self, name: str) -> IdeaProblem:
        return next(problem for problem in self.problems if problem.name == name)

    def _models(self, problem: IdeaProblem) -> Models:
        tests = problem.task.public
        judge = UnitTests("unit_tests", self.sandbox, _LIMITS, tests=tests)
        grader = Behaviour(self.sandbox, MathGrader(), tests, problem.text)
        return Models(self.engine, (judge,), grader)

    async def diversities(self, answered: Sequence[Answered]) -> list[_Drawing]:
        """Return what is known of each problem's programs, drawn at once."""
        engine = self.engine
        return [
            await _drawing(problem, one, engine)
            for problem, one in zip(self.problems, answered, strict=True)
        ]


async def _drawing(problem: IdeaProblem, answered: Answered, engine: FakeEngine) -> _Drawing:
    programs = [drawn.answer or "" for drawn in answered.drawn]
    right = sum(drawn.right for drawn in answered.drawn)
    told = await idea_diversity(problem.text, programs, engine, _COMPARED)
    one, many = (pass_at_k(len(programs), right, k) for k in (1, _K))
    assert told.diversity is not None
    return _Drawing(told.diversity, many - one)


def _found(
    runs: Mapping[str, Sequence[Sequence[Answered]]],
    problems: Sequence[IdeaProblem],
    budgets: Sequence[int],
    seed: int,
    drawings: Sequence[_Drawing],
) -> Found:
    places = {
        kind: [i for i, one in enumerate(problems) if one.kind == kind] for kind in get_args(Kind)
    }

    def of(kind: Kind, name: str) -> list[list[Answered]]:
        return [[run[i] for i in places[kind]] for run in runs[name]]

    return Found(
        {kind: len(own) for kind, own in places.items()},
        seed,
        tuple(budgets),
        {k: {n: tuple(map(_accuracy, of(k, n))) for n in runs} for k in places},
        {k: {n: tuple(map(_tokens, of(k, n))) for n in runs} for k in places},
        {k: tuple(map(_ahead, of(k, "plan_search"), of(k, "repeated_sampling"))) for k in places},
        mean([one.diversity for one in drawings]),
        mean([one.gain for one in drawings]),
        _correlation(drawings),
    )


def _accuracy(answered: Sequence[Answered]) -> Estimate:
    return mean([float(one.right) for one in answered])


def _tokens(answered: Sequence[Answered]) -> float:
    return fmean(one.tokens for one in answered)


def _ahead(ours: Sequence[Answered], theirs: Sequence[Answered]) -> Difference:
    return paired([float(a.right) - float(b.right) for a, b in zip(ours, theirs, strict=True)])


def _correlation(drawings: Sequence[_Drawing]) -> Estimate:
    """Return Pearson's r of diversity and gain, with its interval over problems."""

    def r(drawn: Sequence[int]) -> float:
        try:
            return correlation(
                [drawings[i].diversity for i in drawn], [drawings[i].gain for i in drawn]
            )
        except StatisticsError:  # All the same: nothing goes with anything.
            return 0.0

    everyone = range(len(drawings))
    return Estimate(r(everyone), *bootstrap(len(drawings), r))
