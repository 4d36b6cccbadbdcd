"""Trees of solutions: whether the next is a new one or a refinement."""

from math import exp
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt, Step
from engines.fake import FakeEngine
from scorers.base import Candidate
from search.events import Generated
from search.strategies import AbMcts
from search.strategies.ab_mcts import Attempt, pick
from search.strategies.prompts import REVISE
from search.thompson import Beta, Normal
from tests.search.world import ASKED, models, search

scores = st.lists(st.floats(0, 1), max_size=9)


@pytest.mark.parametrize(
    ("seen", "m", "kappa", "nu", "tau2"),
    [([], 0, 1, 1, 0.1), ([1.0], 0.5, 2, 2, 0.3), ([0.4, 0.8], 0.4, 3, 3, 0.14)],
)
def test_a_normal_belief_is_updated_as_in_treequest(seen, m, kappa, nu, tau2) -> None:
    belief = Normal().after(seen)
    assert (belief.m, belief.kappa, belief.nu) == pytest.approx((m, kappa, nu))
    assert belief.tau2 == pytest.approx(tau2)


def test_a_beta_belief_counts_right_and_wrong() -> None:
    belief = Beta().after([1.0, 0.25])
    assert (belief.a, belief.b) == (1.75, 1.25)


@given(scores, scores)
def test_a_beta_belief_does_not_mind_the_order(some, others) -> None:
    at_once, in_turn = Beta().after([*some, *others]), Beta().after(some).after(others)
    assert (at_once.a, at_once.b) == pytest.approx((in_turn.a, in_turn.b))


@given(scores, st.integers(0, 99))
def test_a_normal_belief_keeps_a_variance(seen, seed) -> None:
    belief = Normal().after(seen)
    assert belief.tau2 > 0
    assert -1e9 < belief.draw(Random(seed)) < 1e9


@pytest.mark.parametrize("prior", [Normal(), Beta()])
def test_much_evidence_leaves_little_to_chance(prior) -> None:
    belief, chance = prior.after([0.7] * 400), Random(1)
    assert mean(belief.draw(chance) for _ in range(50)) == pytest.approx(0.7, abs=0.02)


class Expected(Random):
    """Chance that always draws a belief's mean."""

    def gammavariate(self, alpha: float, beta: float) -> float:
        return 1.0

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        return mu


def attempt(score: float | None, *children: Attempt) -> Attempt:
    solution = Candidate(Prompt(ASKED), (Step(f"{score}", 1),), "eos")
    return Attempt(solution, None, score, list(children))


def test_a_score_is_seen_above_but_not_as_drawn_there() -> None:
    tree = attempt(None, attempt(0.2, attempt(0.9), attempt(None)), attempt(0.4))
    assert [child.scores for child in tree.children] == [[0.2, 0.9], [0.4]]
    assert [child.below for child in tree.children] == [[0.9], []]


def test_an_empty_place_always_generates() -> None:
    empty = attempt(0.1)
    assert pick(empty, Normal(), Expected()) is empty


def test_where_new_solutions_do_well_the_search_goes_wider() -> None:
    tree = attempt(None, attempt(0.9, attempt(0.1)))
    assert pick(tree, Normal(), Expected()) is tree


def test_going_deeper_is_judged_by_refinements_alone() -> None:
    tree = attempt(None, attempt(0.5), attempt(0.5, attempt(0.6)))
    assert pick(tree, Normal(), Expected()) is tree


def test_where_refinements_do_well_the_search_goes_deeper() -> None:
    worse, better = attempt(0.1), attempt(0.1, attempt(0.9))
    tree = attempt(None, worse, better)
    assert pick(tree, Normal(), Expected()) is better


async def test_ab_mcts_draws_its_batches_in_one_call_each() -> None:
    outcome, trace = await search(AbMcts(n=10, batch=4))
    drawn = [e.request for e in trace if isinstance(e, Generated)]
    assert len({request.id.partition(".")[0] for request in drawn}) == 3
    assert sum(request.n for request in drawn) == len(outcome.ranked) == 10


async def test_a_refinement_shows_the_solution_it_refines() -> None:
    _, trace = await search(AbMcts(n=16, batch=1), models(FakeEngine(lambda r, i: f"it is {r.id}")))
    asked = [e.request.prompt.conversation.messages for e in trace if isinstance(e, Generated)]
    refined = [turns for turns in asked if len(turns) > 1]
    assert 0 < len(refined) < 16
    assert all(turns[1].content.startswith("it is ") for turns in refined)
    assert {turns[2].content for turns in refined} == {REVISE}
    assert {len(turns) for turns in refined} == {3}


@given(st.integers(0, 9))
def test_the_same_chance_picks_the_same_places(seed) -> None:
    tree = attempt(None, attempt(0.5, attempt(0.4)), attempt(0.6), attempt(exp(-1)))
    one, two = Random(seed), Random(seed)
    assert [pick(tree, Normal(), one) for _ in range(9)] == [
        pick(tree, Normal(), two) for _ in range(9)
    ]
