"""What only the strategies do that go step by step under a process reward model."""

from collections.abc import Callable
from itertools import pairwise
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Request
from engines.fake import FakeEngine
from search import Budget
from search.strategies import (
    BeamSearch,
    Dvts,
    EntropicParticleFilter,
    Lookahead,
    ParticleFilter,
    Rebase,
)
from search.strategies.rebase import balanced
from tests.search.rated import Rater, drawn_by_round, three_steps
from tests.search.world import a_or_b, models, search


@pytest.mark.parametrize("fields", [{"n": 6, "width": 3, "rounds": 4}, {"n": 9, "width": "sqrt_n"}])
async def test_without_steps_ahead_look_ahead_is_beam_search_to_the_byte(fields) -> None:
    beams, ahead = FakeEngine(a_or_b), FakeEngine(a_or_b)
    expected = await search(BeamSearch(**fields), models(beams), Budget(tokens=200))
    assert await search(Lookahead(**fields, k=0), models(ahead), Budget(tokens=200)) == expected
    assert ahead.seen == beams.seen


@pytest.mark.parametrize(
    ("strategy", "rounds"),
    [
        (BeamSearch(n=2, width=2), 40),
        (Lookahead(n=2, width=2, k=0), 40),
        (Dvts(n=2, width=2), 40),
        (Rebase(n=2), 25),
        (ParticleFilter(n=2), 40),
        (EntropicParticleFilter(n=2), 40),
    ],
)
async def test_a_solution_has_no_more_steps_than_the_papers(strategy, rounds) -> None:
    engine = FakeEngine(lambda request, i: "b\n\n")
    outcome, _ = await search(strategy, models(engine))
    assert len(outcome.answer.steps) == len(drawn_by_round(engine)) == rounds


async def test_a_width_of_the_root_of_64_keeps_8_beams_and_draws_8_of_each() -> None:
    engine = FakeEngine(three_steps)
    await search(BeamSearch(n=64, width="sqrt_n"), models(engine))
    assert [request.n for request in engine.seen] == [64, *[8] * 16]


async def test_look_ahead_draws_k_more_of_each_beam_in_k_rounds() -> None:
    engine = FakeEngine(lambda request, i: f"{i}\n\n")
    await search(Lookahead(n=8, width=4, k=3, rounds=2), models(engine))
    assert drawn_by_round(engine) == [8, 8, 8, 8, 8]
    assert sum(drawn_by_round(engine)[:4]) == 32


async def test_a_roll_out_is_greedy_and_ends_with_the_solution() -> None:
    engine = FakeEngine(three_steps)
    await search(Lookahead(n=2, width=1, k=8), models(engine))
    drawn = [(len(request.steps), request.sampling.temperature) for request in engine.seen]
    first, second, third = [(0, 0.8)], [(1, 0.8)] * 2, [(2, 0.8)] * 2
    assert drawn == [
        *first, *[(1, 0.0)] * 2, *[(2, 0.0)] * 2, *second, *[(2, 0.0)] * 2, *third
    ]  # fmt: skip


async def test_a_step_is_judged_by_where_it_leads() -> None:
    leads = {"0\n\n0\n\n": 0.1, "1\n\n0\n\n": 0.9}
    rater = Rater(
        lambda text: leads.get(text, 0.5 if text.count("\n\n") > 1 else float("0" in text))
    )
    rating = {"n": 2, "width": 2, "rounds": 2}
    beam, _ = await search(BeamSearch(**rating), models(FakeEngine(three_steps), rater))
    ahead, _ = await search(Lookahead(**rating, k=1), models(FakeEngine(three_steps), rater))
    assert (beam.answer.text[0], ahead.answer.text[0]) == ("0", "1")


@pytest.mark.parametrize("budget", [Budget(), Budget(calls=5)])
async def test_a_roll_outs_text_is_no_part_of_a_solution(budget: Budget) -> None:
    def reply(request: Request, i: int) -> str:
        greedy = request.sampling.temperature == 0
        return "Answer: ahead" if greedy else three_steps(request, i)

    engine = FakeEngine(reply)
    outcome, _ = await search(Lookahead(n=4, width=2, k=2), models(engine), budget)
    assert any(request.sampling.temperature == 0 for request in engine.seen)
    assert len(outcome.ranked) >= 4
    assert not any("ahead" in candidate.text for candidate in outcome.ranked)


@pytest.mark.parametrize("kind", [Lookahead, BeamSearch, Dvts])
def test_a_width_that_does_not_divide_n_is_refused(kind) -> None:
    with pytest.raises(ValueError, match=r"n \(6\) must be a multiple of width \(4\)"):
        kind(n=6, width=4)


async def test_dvts_ends_with_the_siblings_of_all_its_subtrees() -> None:
    engine = FakeEngine(three_steps)
    outcome, _ = await search(Dvts(n=16, width=4), models(engine))
    assert [request.n for request in engine.seen] == [16, *[4] * 8]
    assert len(outcome.ranked) == 16


async def test_dvts_returns_the_best_of_the_last_siblings() -> None:
    rater = Rater(lambda text: 0.9 if text.endswith("Answer: 1-0-2") else 0.5)
    outcome, _ = await search(Dvts(n=6, width=3), models(FakeEngine(three_steps), rater))
    assert outcome.answer.text.endswith("1-0-2")


async def continued(rate: Callable[[str], float], tree: int) -> list[str]:
    """Return what one of four subtrees was when it was continued, round by round."""
    engine = FakeEngine(three_steps)
    await search(Dvts(n=16, width=4), models(engine, Rater(rate)))
    return [r.text for r in engine.seen if r.text and tree_of(r.text) == tree]


def tree_of(text: str) -> int:
    return int(text.partition("\n")[0]) % 4


@pytest.mark.parametrize("seed", range(5))
async def test_scores_of_one_subtree_never_change_another(seed: int) -> None:
    def rate(text: str) -> float:
        return crc32(f"{seed}{text}".encode()) % 97 / 97

    def other(text: str) -> float:
        return 1 - rate(text) if tree_of(text) == 2 else rate(text)

    assert await continued(rate, 1) == await continued(other, 1)
    assert await continued(rate, 2) != await continued(other, 2)


@pytest.mark.parametrize(
    ("rewards", "n", "shares"),
    [
        ([0.9, 0.5], 16, [15, 1]),
        ([0.5, 0.9], 16, [1, 15]),
        ([0.5] * 4, 16, [4, 4, 4, 4]),
        ([1.0] * 3, 4, [2, 1, 1]),
        ([0.9, 0.8, 0.1], 8, [5, 3, 0]),
        ([0.9, 0.1], 0, [0, 0]),
        ([], 4, []),
    ],
)
def test_children_are_shared_by_reward(rewards, n, shares) -> None:
    assert balanced(rewards, n, 0.2) == shares


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(-3, 300), st.floats(0.01, 100)
)
def test_shares_add_up_and_the_better_node_has_no_fewer(rewards, n, temperature) -> None:
    shares = balanced(rewards, n, temperature)
    assert sum(shares) == max(0, n)
    assert min(shares) >= 0
    served = [share for _, share in sorted(zip(rewards, shares, strict=True), key=lambda p: -p[0])]
    assert all(low <= high + 1 for high, low in pairwise(served))


@given(st.floats(0, 0.9), st.integers(1, 30), st.integers(1, 200), st.floats(0.1, 10))
def test_equal_nodes_get_equal_shares_whatever_rounding_does(reward, nodes, n, hot) -> None:
    shares = balanced([1.0, *[reward] * nodes], n, hot)
    assert max(shares[1:]) - min(shares[1:]) == (sum(shares[1:]) % nodes != 0)


async def test_rebase_draws_fewer_children_as_leaves_are_found() -> None:
    def reply(request: Request, i: int) -> str:
        return "Answer: x" if (i < 2 and not request.steps) else three_steps(request, i)

    engine = FakeEngine(reply)
    outcome, _ = await search(Rebase(n=6), models(engine, Rater(lambda text: 0.5)))
    assert drawn_by_round(engine) == [6, 4, 4]
    assert len(outcome.ranked) == 6


async def test_rebase_gives_the_better_node_more_children() -> None:
    rater = Rater(lambda text: 0.9 if text.startswith("1") else 0.5)
    engine = FakeEngine(three_steps)
    await search(Rebase(n=2), models(engine, rater))
    assert [request.text[:1] for request in engine.seen[1:]] == ["1", "1", "1", "1"]


async def test_rebase_votes_among_the_leaves_of_all_depths() -> None:
    def reply(request: Request, i: int) -> str:
        return "Answer: b" if request.steps else ["Answer: a", "1\n\n"][i]

    rater = Rater(lambda text: 0.9 if text.endswith("a") else 0.5)
    outcome, _ = await search(Rebase(n=2), models(FakeEngine(reply), rater))
    assert outcome.answer.text == "Answer: a"


async def test_rebase_votes_by_the_scores_of_its_leaves() -> None:
    rater = Rater(lambda text: 0.9 if text.endswith("a") else 0.5)
    engine = FakeEngine(lambda request, i: f"Answer: {'abb'[i]}")
    outcome, _ = await search(Rebase(n=3), models(engine, rater))
    assert outcome.answer.text == "Answer: b"
