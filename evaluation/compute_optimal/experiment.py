"""The experiment from its questions to what everything came to on every one of them.

Knows the order in which things are done. Needs no extra: what is made of it comes after.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from evaluation.calibrate.calibration import Bars, Calibration, Plan
from evaluation.calibrate.ease import Probe
from evaluation.calibrate.how import How
from evaluation.calibrate.measured import Measured
from evaluation.calibrate.pool import Pooled
from evaluation.compute_optimal.asking import MODES, Mode, Served, ask
from evaluation.compute_optimal.strategies import compared
from evaluation.datasets import Question
from evaluation.fingerprint import task
from search import Budget
from search.compatible import check, suited
from search.policy import Policy
from search.strategies import Auto


@dataclass(frozen=True, slots=True)
class Came:
    """What everything came to, on the questions that nothing failed on.

    Attributes:
        measured: pools and strategies.
        budgets: (B,) of `auto`, in tokens.
        auto: by its mode, what each question came to within each budget.
        left_out: by the id of a question, why it is not among them.
        degradations: how often what was not done as asked for.
    """

    measured: Measured
    budgets: Sequence[int]
    auto: Mapping[Mode, Served]
    left_out: Mapping[str, str]
    degradations: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is compared on which questions.

    Attributes:
        questions: that the policy was not fitted to.
        policy: that `how.models` are advised by.
        how: they are asked.
        sizes: budgets, in plain samples of the mean length; the last is the size of the pools.
        live_up_to: the largest size that is searched for live.
        probe: how predicted difficulty is found.
        bars: show how far it is.
    """

    questions: Sequence[Question]
    policy: Policy
    how: How
    sizes: Sequence[int]
    live_up_to: int
    probe: Probe
    bars: Bars

    async def run(self, told: Callable[[Plan], None]) -> Came:
        """Draw the pools, search, and ask `auto`; `told` hears what is left to do.

        Raises:
            CalibrateError: too few questions remain.
            StrategyRefused: something cannot run on these models, or by this policy.
            OutputRefused: a file of records cannot be used.
        """
        self._check()
        calibration = Calibration(
            self.questions,
            compared(self.sizes, self.live_up_to),
            self.how,
            self.sizes[-1],
            self.probe,
            self.bars,
        )
        plan = await calibration.plan()
        told(plan)
        return await self._asked(await calibration.measure(plan))

    def _check(self) -> None:
        """Refuse before anything is drawn what the policy cannot advise."""
        how = self.how
        asked = task(self.questions[0], how.sampling, seed=how.seed, prompt=how.prompt)
        for auto in (Auto(mode=mode) for mode in MODES):
            check(auto, asked, suited(auto, how.models), Budget())

    async def _asked(self, measured: Measured) -> Came:
        kept = {pool.id for pool in measured.pools}
        questions = [question for question in self.questions if question.id in kept]
        budgets = in_tokens(measured.pools, self.sizes)
        auto = {
            mode: await ask(
                questions, mode, budgets, policy=self.policy, how=self.how, bars=self.bars
            )
            for mode in MODES
        }
        left_out, degraded = dict(measured.left_out), Counter(measured.degradations)
        for served in auto.values():
            left_out |= served.failures
            degraded.update(served.degradations)
        return Came(without(measured, left_out), budgets, auto, left_out, degraded)


def in_tokens(pools: Sequence[Pooled], sizes: Sequence[int]) -> list[int]:
    """Return budgets of so many plain samples of the mean length, in tokens."""
    plain = fmean(pool.plain_tokens for pool in pools)
    return [max(1, round(size * plain)) for size in sizes]


def without(measured: Measured, left_out: Mapping[str, str]) -> Measured:
    """Return measures without these questions."""
    kept = [place for place, pool in enumerate(measured.pools) if pool.id not in left_out]
    return Measured(
        [measured.pools[place] for place in kept],
        measured.strategies,
        measured.live,
        [measured.measures[place] for place in kept],
        left_out,
        measured.degradations,
    )
