"""What the strategies that end a vote early, or weigh it by certainty, do that others do not."""

from collections import Counter
from dataclasses import replace
from math import inf, log
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt, Step
from engines.fake import FakeEngine
from scorers.answers import Answers
from scorers.base import Candidate
from search import Budget
from search.errors import NothingToVote, StrategyRefused
from search.select import votes
from search.strategies import AdaptiveConsistency, EarlyStoppingConsistency, SelfCertainty
from search.strategies.adaptive_consistency import beta, dirichlet
from search.strategies.early_stopping_consistency import expected_draws, unanimous
from search.strategies.self_certainty import borda, certainty
from tests.search.world import ASKED, models, search


def says(words: str) -> FakeEngine:
    """An engine that answers one word after the other; "-" is no answer."""
    left = iter(words.split())

    def reply(request, i):
        word = next(left)
        return "I cannot tell" if word == "-" else f"Answer: {word}"

    return FakeEngine(reply)


@pytest.mark.parametrize(
    ("a", "b", "chance"),
    [
        (3, 0, 0.9375),
        (4, 0, 0.96875),
        (5, 1, 0.9375),
        (6, 1, 0.964844),
        (7, 2, 0.945313),
        (8, 2, 0.967285),
        (3, 3, 0.5),
        (0, 0, 0.5),
    ],
)
def test_the_chance_that_the_leader_of_two_leads(a: int, b: int, chance: float) -> None:
    assert beta(a, b) == pytest.approx(chance, abs=1e-6)


@given(st.integers(0, 20), st.integers(0, 20))
def test_of_two_answers_one_leads(a: int, b: int) -> None:
    assert beta(a, b) + beta(b, a) == pytest.approx(1)
    assert beta(a + 1, b) > beta(a, b)


@pytest.mark.parametrize(
    ("words", "drawn", "answer"),
    [
        ("a a a a", 4, "a"),
        ("b a a a a a a", 7, "a"),
        ("a - a - a a", 6, "a"),
        ("a b a b c c a b", 8, "a"),
        ("- - - a b a b b", 8, "b"),
    ],
)
async def test_adaptive_consistency_draws_until_the_leader_is_safe(words, drawn, answer) -> None:
    engine = says(words)
    outcome, _ = await search(AdaptiveConsistency(n=8), models(engine))
    assert [request.n for request in engine.seen] == [1] * drawn
    assert outcome.answer.text == f"Answer: {answer}"


async def test_adaptive_consistency_draws_by_batches() -> None:
    engine = says("a b a b a b c")
    await search(AdaptiveConsistency(n=7, batch=3), models(engine))
    assert [request.n for request in engine.seen] == [3, 3, 1]


@pytest.mark.parametrize(("rule", "drawn"), [("beta", 6), ("dirichlet", 8)])
async def test_three_answers_are_harder_to_lead_than_two(rule: str, drawn: int) -> None:
    strategy = AdaptiveConsistency(n=12, threshold=0.89, rule=rule)
    engine = says("a b c a a a a a a a a a")
    await search(strategy, models(engine))
    assert len(engine.seen) == drawn


async def test_with_two_answers_dirichlet_is_beta() -> None:
    engine = says("b a a a a a a")
    await search(AdaptiveConsistency(rule="dirichlet"), models(engine))
    assert len(engine.seen) == 7


@pytest.mark.parametrize(
    ("counts", "chance"), [([6, 1], 0.964844), ([4, 4, 4], 1 / 3), ([0] * 5, 1 / 5)]
)
def test_the_chance_that_the_leader_of_several_leads(counts, chance: float) -> None:
    assert dirichlet(counts) == pytest.approx(chance, abs=1e-6)


@given(st.integers(0, 250), st.integers(0, 250))
def test_of_two_answers_the_integral_is_beta(a: int, b: int) -> None:
    assert dirichlet([a, b]) == pytest.approx(beta(a, b), abs=1e-6)


@given(st.lists(st.integers(0, 60), min_size=3, max_size=5))
def test_one_of_the_answers_leads(counts: list[int]) -> None:
    turns = [[counts[i], *counts[:i], *counts[i + 1 :]] for i in range(len(counts))]
    assert sum(map(dirichlet, turns)) == pytest.approx(1, abs=1e-6)


def test_only_five_answers_are_compared() -> None:
    five, more = [3, 1, 1, 1, 1], [3, 1, 1, 1, 1, 1, 1]
    assert dirichlet(five) == dirichlet(more)


def test_votes_are_counted_from_the_commonest_answer_down() -> None:
    assert votes(Answers((None,) * 6, (0, 1, None, 1, 2, 1))) == [3, 1, 1]


@pytest.mark.parametrize("strategy", [AdaptiveConsistency(), EarlyStoppingConsistency(window=2)])
async def test_a_vote_cut_short_by_its_budget_is_counted(strategy) -> None:
    engine = says("a b c b b a b a b")
    outcome, _ = await search(strategy, models(engine), Budget(calls=4))
    assert (outcome.stop, outcome.answer.text) == ("budget", "Answer: b")


@pytest.mark.parametrize(
    ("words", "windows", "answer"),
    [
        ("a a a a a", 1, "a"),
        ("a a a a b a a a a a", 2, "a"),
        ("a a a a - b b b b b", 2, "b"),
        ("- - - - - b b b b b", 2, "b"),
    ],
)
async def test_a_window_of_one_mind_ends_it(words: str, windows: int, answer: str) -> None:
    engine = says(words)
    outcome, _ = await search(EarlyStoppingConsistency(), models(engine))
    assert [request.n for request in engine.seen] == [5] * windows
    assert outcome.answer.text == f"Answer: {answer}"


async def test_all_windows_have_a_vote_not_only_the_last() -> None:
    engine = says("a b a c a d e e")
    outcome, _ = await search(EarlyStoppingConsistency(window=2), models(engine))
    assert (outcome.answer.text, len(engine.seen)) == ("Answer: a", 4)


async def test_windows_end_where_n_does() -> None:
    engine = says("a b a b a b a b")
    await search(EarlyStoppingConsistency(n=8, window=3), models(engine))
    assert [request.n for request in engine.seen] == [3, 3, 2]


@pytest.mark.parametrize(
    ("groups", "agree"), [((1, 1), True), ((1, 2), False), ((1, None), False), ((None,), False)]
)
def test_silence_is_not_agreement(groups, agree: bool) -> None:
    assert unanimous(groups) == agree


@pytest.mark.parametrize(
    ("probabilities", "draws"), [((1,), 5), ((0.8, 0.2), 14.60996), ((0.5, 0.5), 32.26244)]
)
def test_how_many_draws_windows_save(probabilities, draws: float) -> None:
    assert expected_draws(probabilities, 5, 40) == pytest.approx(draws, abs=1e-4)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(2, 6), st.integers(1, 8))
def test_windows_draw_no_more_than_n(weights, window: int, windows: int) -> None:
    shares = [weight / sum(weights) for weight in weights]
    draws = expected_draws(shares, window, window * windows)
    assert window <= draws + 1e-9
    assert draws <= window * windows + 1e-9


def test_the_expected_draws_are_what_is_drawn_on_average() -> None:
    chance = Random(7)

    def drawn() -> int:
        for windows in range(1, 9):
            if unanimous(chance.choices((0, 1), (0.8, 0.2), k=5)):
                return 5 * windows
        return 40

    assert mean(drawn() for _ in range(2000)) == pytest.approx(14.61, abs=0.8)


def solution(*steps: tuple[float, ...] | None) -> Candidate:
    said = (Step("x", len(c or ()), certainty=c) for c in steps)
    return Candidate(Prompt(ASKED), tuple(said), "eos")


@pytest.mark.parametrize(
    ("power", "a", "b"), [(1, 3, 3), (2, 9, 5), (0.5, 1.7320508, 2.4142136), (0, 1, 2)]
)
def test_votes_by_rank_of_a_before_two_b(power: float, a: float, b: float) -> None:
    first, *others = borda([3.0, 2.0, 1.0], power)
    assert (first, sum(others)) == (pytest.approx(a), pytest.approx(b))


def test_of_equally_sure_ones_the_first_ranks_higher_and_the_unknown_last() -> None:
    assert borda([-inf, 2.0, 5.0, 2.0], 1) == [1, 3, 4, 2]


@given(st.lists(st.floats(0, 30), min_size=1, max_size=9), st.floats(0.1, 3))
def test_votes_depend_on_the_order_alone(certainties, power: float) -> None:
    given_out = borda(certainties, power)
    assert Counter(given_out) == Counter(borda(list(range(len(certainties))), power))
    assert given_out[certainties.index(max(certainties))] == max(given_out)


def test_certainty_is_the_mean_over_all_tokens_not_over_steps() -> None:
    assert certainty(solution((1.0, 2.0, 3.0), (10.0,))) == 4
    assert certainty(solution((1.0,), None)) == 1
    assert certainty(solution(None)) == -inf


@pytest.mark.parametrize(("shares", "known"), [((0.5, 0.5), 0), ((0.9, 0.1), 0.510826)])
def test_with_every_token_known_certainty_is_the_papers_and_log_v(shares, known) -> None:
    token = -mean(log(share) for share in shares)
    assert certainty(solution((token,))) - log(2) == pytest.approx(known, abs=1e-6)


def unsure_by_place(words: str) -> FakeEngine:
    """An engine whose later samples are less sure."""
    answers = words.split()
    return FakeEngine(
        lambda request, i: "no idea" if answers[i] == "-" else f"Answer: {answers[i]}",
        logprob=lambda request, i: float(i) - len(answers),
    )


@pytest.mark.parametrize(
    ("words", "power", "place"), [("a b b", 2, 0), ("a b b", 0.5, 1), ("- - b a a", 0.5, 3)]
)
async def test_the_surest_of_the_answer_with_most_votes_is_taken(words, power, place) -> None:
    answers = words.split()
    strategy = SelfCertainty(n=len(answers), power=power)
    outcome, _ = await search(strategy, models(unsure_by_place(words)))
    assert outcome.answer.text == f"Answer: {answers[place]}"
    assert certainty(outcome.answer) == len(answers) - place


async def test_self_certainty_asks_for_log_probabilities_or_refuses() -> None:
    engine = unsure_by_place("a b")
    await search(SelfCertainty(n=2), models(engine))
    assert [request.sampling.alternatives for request in engine.seen] == [5]
    silent = FakeEngine(lambda *_: "a", capabilities=replace(engine.capabilities, alternatives=0))
    with pytest.raises(StrategyRefused, match="self_certainty reads log-probabilities"):
        await search(SelfCertainty(n=2), models(silent))
    assert not silent.seen


@pytest.mark.parametrize(
    "strategy",
    [SelfCertainty(n=3), AdaptiveConsistency(n=3), EarlyStoppingConsistency(n=4, window=2)],
)
async def test_a_vote_over_free_text_is_refused_by_name(strategy) -> None:
    with pytest.raises(NothingToVote, match=strategy.kind):
        await search(strategy, models(FakeEngine(lambda request, i: "a poem about autumn")))
