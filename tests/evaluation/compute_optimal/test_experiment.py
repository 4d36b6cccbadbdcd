from dataclasses import replace
from pathlib import Path

import pytest

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from evaluation.calibrate.ease import Probe
from evaluation.compute_optimal.chosen import chosen
from evaluation.compute_optimal.experiment import Came, Experiment
from evaluation.compute_optimal.strategies import compared
from search.errors import StrategyRefused
from search.policy import PolicyAdviser
from search.policy.choice import PLAIN
from search.strategies import BeamSearch, BestOfN, Lookahead, Revisions
from tests.evaluation.calibrate.world import a_or_b, how, no_bar, pooled
from tests.evaluation.world import QUESTIONS, asked
from tests.search.world import ADVICE, advising, policy


async def came(folder: Path | None, engine: FakeEngine, table=ADVICE) -> Came:
    asked = how(engine, folder)
    asked = replace(asked, models=replace(asked.models, adviser=PolicyAdviser(table)))
    experiment = Experiment(QUESTIONS, table, asked, (1, 2), 2, Probe("score", 2), no_bar)
    return await experiment.run(lambda plan: None)


def test_a_lookahead_of_k_steps_has_k_plus_1_times_fewer_beams() -> None:
    found = [one for one in compared([1, 4, 16, 64], 64) if isinstance(one, Lookahead)]
    assert [(one.k, one.n) for one in found] == [(1, 8), (1, 32), (3, 4), (3, 16)]


def test_what_is_searched_for_live_ends_before_what_is_replayed() -> None:
    found = compared([1, 4, 16, 64], 16)
    assert max(one.n for one in found if isinstance(one, BeamSearch)) == 16
    assert max(one.n for one in found if isinstance(one, BestOfN)) == 64
    assert [one.chains for one in found if isinstance(one, Revisions)] == [16, 8, 4, 2, 1]
    assert not any(isinstance(one, Revisions) for one in compared([1, 4], 4))


async def test_auto_is_asked_in_both_modes_within_every_budget(tmp_path: Path) -> None:
    found = await came(tmp_path, FakeEngine(a_or_b))
    assert (len(found.budgets), list(found.auto)) == (2, ["once", "sequential"])
    assert all(len(row) == 2 for served in found.auto.values() for row in served.measures.values())
    assert all(one.tokens <= budget for served in found.auto.values()
               for row in served.measures.values()
               for one, budget in zip(row, found.budgets, strict=True))  # fmt: skip


async def test_nothing_is_asked_twice_but_by_another_policy(tmp_path: Path) -> None:
    first, again, other = (FakeEngine(a_or_b) for _ in range(3))
    assert await came(tmp_path, first) == await came(tmp_path, again)
    await came(tmp_path, other, policy(advising(BestOfN(n=4)), advising(BestOfN(n=4))))
    assert (len(again.seen), 0 < len(other.seen) < len(first.seen)) == (0, True)


async def test_a_question_that_auto_fails_on_is_left_out_of_everything(tmp_path: Path) -> None:
    def fails(request: Request, i: int) -> str:
        if asked(request).startswith("What is 1 + "):
            raise EngineUnavailable("gone")
        return a_or_b(request, i)

    whole = len((await came(tmp_path, FakeEngine(a_or_b))).measured.pools)
    other = policy(advising(BestOfN(n=4)), advising(BestOfN(n=4)))
    found = await came(tmp_path, FakeEngine(fails), other)
    assert len(found.measured.pools) == len(found.measured.measures) == whole - 1
    assert [why.startswith("auto, ") for why in found.left_out.values()] == [True]


async def test_a_policy_that_cannot_decide_anew_is_refused_before_anything_is_drawn() -> None:
    engine = FakeEngine(a_or_b)
    with pytest.raises(StrategyRefused, match="to decide anew by"):
        await came(None, engine, policy(advising(BestOfN(n=4)), confidence=()))
    assert engine.seen == []


def test_what_the_policy_takes_depends_on_the_probe_and_on_what_it_leaves() -> None:
    liked, disliked = pooled([0.9] * 4, [True] * 4), pooled([0.1] * 4, [True] * 4)
    untold = pooled([None] * 4, [True] * 4)
    table = policy(advising(BestOfN(n=6)), advising(BeamSearch(n=6, width=3, rounds=4)))
    kinds = [one and one.kind for one in chosen(table, [liked, disliked, untold], 100)]
    assert kinds == ["best_of_n", "beam_search", None]
    assert chosen(table, [liked], 10) == [PLAIN]
