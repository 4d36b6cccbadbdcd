from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from evaluation.calibrate.ease import Probe
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.measured import Measured
from evaluation.calibrate.outcomes import outcomes
from scorers.base import Candidate
from search.errors import StrategyRefused
from search.search import Search
from search.strategies import BeamSearch, BestOfN, Majority, OneSample, Strategy
from tests.evaluation.calibrate.world import a_or_b, calibration, how
from tests.evaluation.world import QUESTIONS, asked

BEAMS = BeamSearch(n=4, width=2, rounds=3)


class SaysMore(Strategy):
    """Asks more than the question, but only of what has been asked for an odd number."""

    paper, cost, judges = "none", "one", "nothing"
    kind: str = "says_more"

    @property
    def solutions(self) -> int:
        return 1

    async def run(self, search: Search, root: Candidate) -> Candidate:
        [drawn] = await search.extend([root], 1)
        odd = "unknown" in drawn.text
        return (await search.prompts([root.prompt.conversation.messages]))[0] if odd else drawn


def failing(*numbers: int):
    def reply(request: Request, i: int) -> str:
        if int(asked(request).split()[2]) in numbers:
            raise EngineUnavailable("gone")
        return a_or_b(request, i)

    return FakeEngine(reply)


async def measured(made) -> Measured:
    return await made.measure(await made.plan())


async def test_every_strategy_is_measured_on_every_question() -> None:
    found = await measured(calibration())
    assert found.strategies == [OneSample(n=1), Majority(n=2), Majority(n=4), BestOfN(n=2),
                                BestOfN(n=4)]  # fmt: skip
    rows = found.measures
    assert (len(found.pools), len(rows), len(rows[0]), found.live) == (12, 12, 5, 0)
    shares = [sum(one.right for one in pool.solutions) / 8 for pool in found.pools]
    assert [row[0].accuracy for row in rows] == pytest.approx(shares)
    assert all(row[4].accuracy >= row[0].accuracy for row in rows)


async def test_what_cannot_be_replayed_is_searched_for_once_and_kept(tmp_path: Path) -> None:
    engine = FakeEngine(a_or_b)
    made = calibration(tmp_path, engine, strategies=[OneSample(n=1), BEAMS])
    first = await measured(made)
    asked_for, plan = len(engine.seen), await made.plan()
    assert (plan.live, plan.searches, plan.samples, plan.tokens) == ([BEAMS], 0, 0, 0)
    again = await made.measure(plan)
    assert len(engine.seen) == asked_for
    assert (again.measures, again.live) == (first.measures, 1)
    assert {row[1].accuracy for row in first.measures} <= {0.0, 1.0}


async def test_a_plan_is_made_of_what_the_first_pools_took() -> None:
    plan = await calibration(strategies=[OneSample(n=1), BEAMS]).plan()
    # No folder: what was drawn for the plan is drawn once more.
    assert plan.searches == (12 - 4) + 12
    assert plan.samples == (12 - 4) * 8 + 12 * 4
    assert plan.tokens == plan.samples * 3
    assert plan.seconds >= 0


async def test_questions_that_fail_are_left_out_and_said_why() -> None:
    found = await measured(calibration(engine=failing(3, 5)))
    assert len(found.pools) == 10
    assert found.left_out == dict.fromkeys(["q3", "q5"], "EngineUnavailable: gone")


async def test_questions_whose_live_search_fails_are_left_out() -> None:
    made = calibration(strategies=[OneSample(n=1), BEAMS], size=2)

    def reply(request: Request, i: int) -> str:
        if request.n == 4 and asked(request) == QUESTIONS[7].text:
            raise EngineUnavailable("gone")
        return a_or_b(request, i)

    found = await measured(replace(made, how=how(FakeEngine(reply))))
    assert found.left_out == {"q7": "beam_search: EngineUnavailable: gone"}
    assert len(found.measures) == 11


async def test_too_few_questions_make_no_policy() -> None:
    with pytest.raises(CannotCalibrate, match=r"3 of 12 questions remain.*EngineUnavailable: gone"):
        await measured(calibration(engine=failing(*range(3, 12))))


async def test_first_questions_that_all_fail_end_it() -> None:
    with pytest.raises(CannotCalibrate, match=r"none of the first 4 .* gone"):
        await calibration(engine=failing(0, 1, 2, 3)).plan()


async def test_a_strategy_that_cannot_run_is_refused_before_anything_is_drawn() -> None:
    engine = FakeEngine(a_or_b)
    engine.capabilities = replace(engine.capabilities, continues=False)
    with pytest.raises(StrategyRefused, match="continues partial answers"):
        await calibration(engine=engine, strategies=[BEAMS]).plan()
    assert engine.seen == []


async def test_a_strategy_that_only_sometimes_asks_for_more_is_named() -> None:
    made = calibration(strategies=[OneSample(n=1), SaysMore()])
    plan = replace(await made.plan(), replayed=[SaysMore()], live=[])
    with pytest.raises(CannotCalibrate, match="says_more could be replayed on one pool"):
        await made.measure(plan)


async def test_outcomes_have_budgets_in_plain_samples_and_the_probe_beside() -> None:
    found = outcomes(
        await measured(calibration()), Probe("score", 2), (1, 4), [OneSample(n=1), BestOfN(n=4)]
    )
    assert list(found.budgets) == [3, 12]
    assert found.baseline == [0, 4]
    assert found.tokens.tolist() == [[3, 6, 12, 6, 12]] * 12
    assert found.probe_tokens.tolist() == [[3, 0, 0, 0, 0]] * 12
    assert found.oracle_ease is not None
    assert np.corrcoef(found.ease, found.oracle_ease)[0, 1] > 0.5
