from dataclasses import replace
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.thinking import Thinking
from engines.usage import Usage
from evaluation.calibrate.errors import NotReplayable
from evaluation.calibrate.replaying import Deal
from evaluation.calibrate.replays import Measure, deals, replay, replayable
from evaluation.lab.picking import best_of
from search import Budget, run_search
from search.strategies import (
    AdaptiveConsistency,
    BeamSearch,
    BestOfN,
    EarlyStoppingConsistency,
    Ensemble,
    Majority,
    OneSample,
    Revisions,
    SelfCertainty,
    SelfRefine,
    Tournament,
    WeightedBestOfN,
)
from tests.evaluation.calibrate.world import pooled, table

SCORES = [0.9, 0.8, None, 0.6, 0.5, 0.4, 0.3, 0.2]
RIGHT = [False, True, False, True, True, False, True, False]
SAMPLING = [OneSample(n=1), Majority(n=3), BestOfN(n=5), WeightedBestOfN(n=2),
            AdaptiveConsistency(n=6), EarlyStoppingConsistency(n=7, window=3)]  # fmt: skip


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_deals_of_a_fixed_number_never_repeat_a_solution(m: int, n: int, seed: int) -> None:
    world = table(pooled([0.5] * m, [True] * m))
    dealt = list(deals(world, BestOfN(n=n), seed))
    places = [place for order in dealt for place in order]
    assert len(places) == len(set(places))
    assert len(dealt) == min(16, m // n)
    assert all(len(order) == n for order in dealt)


@given(st.sampled_from(SAMPLING), st.integers(0, 99))
async def test_no_search_is_dealt_a_solution_twice(strategy, seed: int) -> None:
    world = table(pooled(SCORES, RIGHT))
    for order in deals(world, strategy, seed):
        seen: list[str] = []
        deal = Deal(world, order)

        def hear(event, seen=seen) -> None:
            if event.kind == "generated":
                seen += [sample.step.text for sample in event.generation.samples]

        await run_search(strategy, deal.task(seed), deal.models, Budget(), sink=hear)
        assert len(seen) == len(set(seen)) == deal.dealt <= len(SCORES)


async def test_best_of_n_comes_to_its_closed_form() -> None:
    world = table(pooled(SCORES, RIGHT))
    for n in (1, 2, 4, 8):
        found = fmean([(await replay(world, BestOfN(n=n), s)).accuracy for s in range(150)])
        assert found == pytest.approx(best_of(SCORES, RIGHT, n), abs=0.06 if n < 8 else 0)


async def test_a_question_is_replayed_in_the_same_way_each_time() -> None:
    world = table(pooled(SCORES, RIGHT))
    one, same = [await replay(world, AdaptiveConsistency(n=6), 3) for _ in range(2)]
    assert one == same != await replay(world, AdaptiveConsistency(n=6), 4)


async def test_a_vote_and_a_weighed_vote_are_of_the_recorded_answers() -> None:
    groups = [5, 7, 7, 9, 9, 9]
    world = table(pooled([0.9, 0.9, 0.9, 0.1, 0.1, 0.1], [g == 7 for g in groups], groups))
    assert (await replay(world, Majority(n=6), 0)).accuracy == 0
    assert (await replay(world, WeightedBestOfN(n=6), 0)).accuracy == 1


async def test_answers_are_numbered_as_they_come_and_none_is_no_answer() -> None:
    world = table(pooled([0.5] * 4, [True, False, False, True], [4, None, 2, 4]))
    texts = ["2 Answer: 2", "1", "3 Answer: 4", "0 Answer: 4"]
    answers = await world.group(texts)
    assert (answers.texts, answers.groups) == (("2", None, "4", "4"), (0, None, 1, 1))


async def test_without_any_answer_a_question_is_wrong_and_paid_for() -> None:
    world = table(pooled([0.5, 0.5], [False, False], [None, None]))
    assert await replay(world, Majority(n=2), 0) == Measure(0.0, 3.0)


async def test_what_was_recorded_is_on_the_bill() -> None:
    judged = replace(pooled([0.5] * 4, [True] * 4), verifier=Usage(completion_tokens=80))
    assert (await replay(table(judged), BestOfN(n=4), 0)).tokens == 1 + 2 + 3 + 4 + 80
    assert (await replay(table(judged), BestOfN(n=2), 0)).tokens == (10 + 80) / 2
    assert (await replay(table(judged), Majority(n=4), 0)).tokens == 10


async def test_voting_that_stops_early_takes_fewer_tokens() -> None:
    world = table(pooled([0.5] * 16, [True] * 16))
    early, all_of_it = [await replay(world, s, 0)
                        for s in (AdaptiveConsistency(n=16), Majority(n=16))]  # fmt: skip
    assert early.accuracy == all_of_it.accuracy == 1
    assert early.tokens < all_of_it.tokens / 2


async def test_answers_are_what_follows_the_thinking() -> None:
    one = pooled([0.5], [True])
    thought = replace(one.solutions[0], text="<think>no</think>0 Answer: 0")
    world = table(replace(one, solutions=(thought,), thinking=Thinking()))
    assert (await world.group(["0 Answer: 0"])).texts == ("0",)
    assert (await replay(world, OneSample(n=1), 0)).accuracy == 1


@pytest.mark.parametrize(
    "strategy",
    [BeamSearch(n=4), Revisions(chains=2, length=2), Tournament(n=4), SelfRefine(rounds=1),
     SelfCertainty(n=4), Ensemble(members=(Majority(n=2), SelfRefine(rounds=1))), BestOfN(n=9)],
    ids=lambda s: s.kind,
)  # fmt: skip
async def test_what_a_pool_does_not_hold_cannot_be_replayed(strategy) -> None:
    assert not await replayable(table(pooled(SCORES, RIGHT)), strategy, 0)


@pytest.mark.parametrize("strategy", SAMPLING, ids=lambda s: s.kind)
async def test_what_draws_whole_solutions_is_replayed(strategy) -> None:
    assert await replayable(table(pooled(SCORES, RIGHT)), strategy, 0)


async def test_more_than_there_is_cannot_be_dealt() -> None:
    with pytest.raises(NotReplayable, match="more than 8"):
        await replay(table(pooled(SCORES, RIGHT)), BestOfN(n=9), 0)
