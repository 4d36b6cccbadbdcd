"""What each strategy does that the others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt, Request, Step
from engines.fake import FakeEngine
from engines.usage import FREE, Usage
from scorers.answers import Answers
from scorers.base import Abstention, Judgement, Scored, Verdict, aggregate
from search.errors import NothingToVote
from search.events import Generated, Judged
from search.select import best, majority, top, weighted_vote
from search.strategies import BeamSearch, Majority, Revisions, WeightedBestOfN
from tests.search.world import ASKED, models, search

PROMPT = Prompt(ASKED, (1,))


def scored(text: str, score: float | None, *, finished: bool = True) -> Scored:
    opinion = Abstention("silent") if score is None else Verdict(score, (score,))
    finish = "eos" if finished else None
    return Scored(PROMPT, (Step(text, 1),), finish, opinion=opinion, scorer="s")


def by_text(pool: list[Scored]) -> Answers:
    """Answers of which equal texts are equal; the empty text has none."""
    known = list(dict.fromkeys(c.text for c in pool if c.text))
    groups = tuple(known.index(c.text) if c.text else None for c in pool)
    return Answers(tuple(c.text or None for c in pool), groups)


pools = st.lists(
    st.builds(scored, st.sampled_from(["a", "b", "c", ""]), st.none() | st.floats(0, 1)), min_size=1
)


def test_weighted_best_of_n_sums_where_best_of_n_takes_the_highest() -> None:
    pool = [scored("a", 0.9), scored("b", 0.5), scored("b", 0.5)]
    assert best(pool).text == "a"
    winner, common = weighted_vote(pool, by_text(pool)), majority(pool, by_text(pool))
    assert winner
    assert common
    assert (winner.text, common.text) == ("b", "b")


def test_the_aggregation_decides_between_a_late_and_an_even_solution() -> None:
    late, even = [0.1, 0.1, 0.9], [0.9, 0.9, 0.8]
    assert aggregate(late, "last") > aggregate(even, "last")
    assert aggregate(late, "product") < aggregate(even, "product")
    assert aggregate(late, "min") < aggregate(even, "min")


async def test_revisions_elect_within_a_chain_before_they_elect_across() -> None:
    scores = {"a": 0.9, "b": 0.5}

    class ByAnswer:
        name, partial, relative, remote, alternatives = "by_answer", True, False, True, 0
        counts = FREE

        def bound(self, candidates):
            return Usage()

        async def judge(self, candidates):
            found = [scores[c.text[-1]] for c in candidates]
            return Judgement(tuple(Verdict(s, (s,)) for s in found))

    def reply(request: Request, i: int) -> str:
        # Round 1 draws three answers at once; each later answer is seen with its chain's first.
        first = i if request.n == 3 else request.prompt.conversation.messages[1].content[-2:]
        chain = first if isinstance(first, int) else {"xa": 0, "yb": 1, "zb": 2}[first]
        answer = ["xa", "yb", "zb"][chain]
        return f"Answer: {answer}"

    outcome, _ = await search(
        Revisions(chains=3, length=2),
        models(FakeEngine(reply), ByAnswer()),  # type: ignore[arg-type]
    )
    assert outcome.answer.text.endswith("xa")


def test_hierarchical_selection_differs_from_a_flat_vote() -> None:
    chains = [[scored("a", 0.9)] * 3, [scored("b", 0.5)] * 2, [scored("b", 0.5)]]
    flat = [c for chain in chains for c in chain]
    winners = [weighted_vote(chain, by_text(chain)) for chain in chains]
    heads = [w for w in winners if w]
    flat_winner, winner = weighted_vote(flat, by_text(flat)), weighted_vote(heads, by_text(heads))
    assert flat_winner
    assert winner
    assert (flat_winner.text, winner.text) == ("a", "b")


@pytest.mark.parametrize(
    ("n", "width", "rounds"),
    [(16, 4, [16, 4, 4, 4, 4]), (16, "sqrt_n", [16, 4, 4, 4, 4]), (2, 2, [2, 2]), (1, 1, [1, 1])],
)
async def test_beam_search_keeps_n_over_m_and_draws_m_of_each(n, width, rounds) -> None:
    engine = FakeEngine(lambda request, i: "b\n\n" if not request.steps else "Answer: b")
    await search(BeamSearch(n=n, width=width, rounds=5), models(engine))
    assert [request.n for request in engine.seen] == rounds


async def test_beam_search_follows_the_verifier_at_every_step() -> None:
    def steps(request: Request, i: int) -> str:
        return "Answer: b" if request.text.count("\n\n") == 2 else "ab"[i % 2] + "\n\n"

    outcome, _ = await search(BeamSearch(n=8, width=4), models(FakeEngine(steps)))
    assert [step.text for step in outcome.answer.steps] == ["b\n\n", "b\n\n", "Answer: b"]


async def test_a_beam_is_judged_once_however_often_it_is_scored() -> None:
    engine = FakeEngine(lambda request, i: f"Answer: {'ab'[i % 2]}")
    _, trace = await search(BeamSearch(n=4, width=2), models(engine))
    judged = [c.text for e in trace if isinstance(e, Judged) for c in e.candidates]
    assert sorted(judged) == ["Answer: a", "Answer: b"]


async def test_beam_search_stops_at_its_last_round_and_draws_it_to_the_end() -> None:
    engine = FakeEngine(lambda request, i: "b\n\nb\n\nAnswer: b")
    outcome, _ = await search(BeamSearch(n=2, width=2, rounds=2), models(engine))
    assert [request.sampling.stop for request in engine.seen] == [("\n\n",), ()]
    assert outcome.answer.finished


async def test_a_beam_is_continued_by_its_token_ids() -> None:
    engine = FakeEngine(lambda request, i: "b\n\n" if not request.steps else "Answer: b")
    _, trace = await search(BeamSearch(n=2, width=2), models(engine))
    first, second = (e for e in trace if isinstance(e, Generated))
    drawn = first.generation.samples[0].step.ids
    assert drawn
    assert tuple(second.request.ids) == (*(first.request.prompt.ids or ()), *drawn)


@pytest.mark.parametrize("fields", [{"n": 6, "width": 4}, {"n": 4, "width": 0}])
def test_a_beam_of_uneven_size_is_refused(fields) -> None:
    with pytest.raises(ValueError, match="multiple of width"):
        BeamSearch(**fields)


async def test_a_revision_sees_the_latest_answers_of_its_own_chain() -> None:
    engine = FakeEngine(lambda request, i: f"answer {request.id} {i}")
    await search(Revisions(chains=2, length=6, context=4), models(engine))
    turns = engine.seen[-1].prompt.conversation.messages
    said = [turn.content for turn in turns if turn.role == "assistant"]
    assert len(said) == 4
    assert len({answer.split()[1].split(".")[1] for answer in said}) == 1


@pytest.mark.parametrize("strategy", [Majority(n=3), WeightedBestOfN(n=3)])
async def test_a_vote_over_free_text_is_refused_by_name(strategy) -> None:
    with pytest.raises(NothingToVote, match=strategy.kind):
        await search(strategy, models(FakeEngine(lambda request, i: "a poem about autumn")))


@given(pools, st.integers(1, 9))
def test_top_is_the_best_k(pool: list[Scored], k: int) -> None:
    kept = top(pool, k)
    worst = kept[-1].score
    rest = [c for c in pool if all(c is not other for other in kept)]
    assert len(kept) == min(k, len(pool))
    assert all((c.score or -1) <= (-1 if worst is None else worst) for c in rest)


@given(pools)
def test_a_weighted_vote_is_a_best_candidate_of_the_winning_answer(pool: list[Scored]) -> None:
    winner, totals = weighted_vote(pool, by_text(pool)), {}
    for candidate in pool:
        if candidate.text:
            totals[candidate.text] = totals.get(candidate.text, 0) + (candidate.score or 0)
    if winner is None:
        assert not totals
    else:
        assert totals[winner.text] == max(totals.values())
        assert winner == best([c for c in pool if c.text == winner.text])


@given(pools)
def test_a_majority_never_elects_who_has_no_answer(pool: list[Scored]) -> None:
    winner = majority(pool, by_text(pool))
    assert (winner is None) == all(not c.text for c in pool)
    assert winner is None or winner.text


async def test_a_round_of_beam_search_is_one_batch_and_one_judgement() -> None:
    engine = FakeEngine(lambda request, i: f"{'ab'[i % 2]}\n\n")
    _, trace = await search(BeamSearch(n=16, width=4, rounds=8), models(engine))
    calls = {request.id.split(".")[0] for request in engine.seen}
    assert len(calls) == 8
    assert sum(isinstance(event, Judged) for event in trace) <= 8
