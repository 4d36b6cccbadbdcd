"""Trees of steps: where they grow next, and what is learnt from their ends."""

from math import inf, log

import pytest

from engines.base import Prompt, Request, Step
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from scorers.base import Abstention, Candidate, Judgement, Scored, ScorerUnavailable, Verdict
from search.errors import NothingToVote
from search.events import Generated, Judged
from search.models import Models
from search.strategies import Mcts, RStar
from search.tree import Node, back_up, descend, priors, puct, siblings_visits, uct
from tests.search.world import ASKED, LastWord, SharesOfB, a_or_b, models, search

PROMPT = Prompt(ASKED, (1,))


def begun(text: str, logprob: float | None = None, *, finished: bool = False) -> Candidate:
    logprobs = None if logprob is None else (logprob, logprob)
    return Candidate(PROMPT, (Step(text, 2, None, logprobs),), "eos" if finished else None)


def a_tree(*values: float) -> Node:
    """A root whose children have these values."""
    root = Node(Candidate(PROMPT))
    root.grow([begun(f"step {i}") for i in range(len(values))])
    for child, value in zip(root.children, values, strict=True):
        child.value = value
    return root


class Asked:
    """A search of which only what trees ask is there."""

    proposed = ""

    async def group(self, candidates):
        return await LastWord().group([c.text for c in candidates])

    def propose(self, answer):
        self.proposed = answer.text


def rounds(trace) -> list[str]:
    """The engine calls of a search, each of one or more requests."""
    calls = (e.request.id.partition(".")[0] for e in trace if isinstance(e, Generated))
    return list(dict.fromkeys(calls))


def test_puct_is_alpha_zeros() -> None:
    assert puct(0.6, 0.5, 4, 1) == pytest.approx(1.22513, abs=1e-5)
    assert puct(0.6, 0.5, 0, 0) == 0.6


def test_uct_is_rstars() -> None:
    assert uct(2 / 3, 4, 3, 2.0) == pytest.approx(2.02622, abs=1e-5)
    assert uct(0.0, 4, 0, 2.0) == inf


@pytest.mark.parametrize(
    ("logprobs", "expected"),
    [
        ([log(0.6), log(0.2)], [0.75, 0.25]),
        ([log(0.6), None], [0.5, 0.5]),
        ([None, None, None, None], [0.25] * 4),
        ([-5000.0, -5000.0], [0.5, 0.5]),
    ],
)
def test_a_prior_is_the_steps_probability_among_its_siblings(logprobs, expected) -> None:
    drawn = [begun(str(i), logprob) for i, logprob in enumerate(logprobs)]
    assert priors(drawn) == pytest.approx(expected)


def test_equal_steps_are_one_child_and_equal_ends_are_two() -> None:
    root = Node(Candidate(PROMPT))
    root.grow([begun("a"), begun("b"), begun("a"), begun("c", finished=True)] * 2)
    assert [child.candidate.text for child in root.children] == ["a", "b", "c", "c"]
    assert [child.prior for child in root.children] == [0.5, 0.25, 0.125, 0.125]


def test_paths_walked_together_spread_out() -> None:
    root = a_tree(0.9, 0.8, 0.1)

    def urgency(node: Node) -> float:
        return puct(node.q, node.prior, siblings_visits(node), node.visits)

    reached = [descend(root, urgency).candidate.text for _ in range(2)]
    assert reached == ["step 0", "step 1"]


def test_an_end_is_backed_up_through_all_its_path_came_through() -> None:
    root = a_tree(0.9, 0.2)
    first, other = root.children
    first.grow([begun("good", finished=True), begun("bad", finished=True)])
    for end, value in zip(first.children, [1.0, 0.5], strict=True):
        first.walking += 1
        end.walking, end.value = 1, value
        back_up(end)
    assert (first.q, first.visits, first.walking) == (0.75, 2, 0)
    assert (other.q, other.visits) == (0.2, 0)


def test_a_path_under_way_is_worth_nothing_yet() -> None:
    root = a_tree(0.9)
    child = descend(root, lambda node: node.q)
    assert (child.visits, child.q) == (1, 0.0)


async def test_a_round_of_leaves_is_one_call_and_one_score() -> None:
    strategy = Mcts(simulations=4, leaves=4, width=3, depth=2)
    _, trace = await search(strategy, models(FakeEngine(a_or_b)))
    judged = [e for e in trace if isinstance(e, Judged)]
    drawn = [e.request for e in trace if isinstance(e, Generated)]
    assert len(rounds(trace)) == len(judged) == 3
    assert len(drawn) > 3


async def test_mcts_follows_the_verifier() -> None:
    def steps(request: Request, i: int) -> str:
        return "Answer: b" if request.text.count("\n\n") == 2 else "ab"[i % 2] + "\n\n"

    outcome, _ = await search(Mcts(simulations=4, leaves=2, width=2), models(FakeEngine(steps)))
    assert [step.text for step in outcome.answer.steps] == ["b\n\n", "b\n\n", "Answer: b"]


async def test_a_path_at_its_depth_is_drawn_to_its_end_in_one_piece() -> None:
    engine = FakeEngine(lambda request, i: "b\n\nb\n\nb\n\nAnswer: b")
    outcome, _ = await search(Mcts(simulations=1, leaves=1, width=2, depth=2), models(engine))
    assert [(r.n, r.sampling.stop) for r in engine.seen] == [
        (2, ("\n\n",)),
        (2, ("\n\n",)),
        (1, ()),
    ]
    assert outcome.answer.finished


async def test_an_explored_tree_costs_nothing_more() -> None:
    engine = FakeEngine(lambda request, i: "Answer: b")
    await search(Mcts(simulations=9, leaves=3, width=2), models(engine))
    assert len(engine.seen) == 1


async def test_the_answer_is_voted_by_the_value_of_ends() -> None:
    class Likes(SharesOfB):
        async def judge(self, candidates):
            values = [0.9 if "x" in c.text else 0.5 for c in candidates]
            return Judgement(tuple(Verdict(v, (v,)) for v in values), self.bound(candidates))

    replies = ["x Answer: a", "y Answer: b", "z Answer: b"]
    engine = FakeEngine(lambda request, i: replies[i])
    outcome, _ = await search(Mcts(simulations=1, width=3), models(engine, Likes()))
    assert outcome.answer.text.endswith("b")


async def test_a_step_that_is_abstained_on_is_valued_as_the_one_before() -> None:
    class Shy(Asked):
        async def score(self, candidates):
            known = {"good": Verdict(0.7, ()), "bad": Verdict(0.2, ())}
            opinions = [known.get(c.steps[-1].text, Abstention("?")) for c in candidates]
            bare = [(c.prompt, c.steps, c.finish) for c in candidates]
            pairs = zip(bare, opinions, strict=True)
            return [Scored(*fields, opinion=o, scorer="shy") for fields, o in pairs]

    tree = Node(Candidate(PROMPT))
    tree.grow([begun("good"), begun("bad")])
    for child in tree.children:
        child.grow([begun("?")])
    await Mcts()._value_steps(Shy(), tree)  # type: ignore[arg-type]
    assert [node.value for node in tree.below()] == [0.7, 0.7, 0.2, 0.2]


async def test_scores_of_the_scorer_that_failed_are_given_up() -> None:
    class Once(SharesOfB):
        name = "once"

        async def judge(self, candidates):
            if any(len(c.steps) > 1 for c in candidates):
                raise ScorerUnavailable("gone")
            return await super().judge(candidates)

    _, trace = await search(Mcts(simulations=2, leaves=1), models(None, Once(), SharesOfB()))
    anew = next(e for e in trace if isinstance(e, Judged) and e.scorer == "shares_of_b")
    assert {len(c.steps) for c in anew.candidates} == {1, 2}


@pytest.mark.parametrize("strategy", [Mcts(simulations=2, width=2), RStar(simulations=2, width=2)])
async def test_a_path_whose_request_fails_ends_there(strategy) -> None:
    def mostly(request: Request, i: int) -> str:
        if request.id.endswith(".1"):
            raise EngineUnavailable("reset by peer")
        return f"{'ab'[i % 2]}\n\n" if not request.steps else "Answer: b"

    outcome, _ = await search(strategy, models(FakeEngine(mostly)))
    assert outcome.answer.finished
    assert "reset by peer" in outcome.degradations[0]


async def test_rstar_needs_no_scorer_and_agrees_with_most() -> None:
    replies = ["Answer: a", "Answer: b", "Answer: c", "Answer: b"]
    world = Models(FakeEngine(lambda request, i: replies[i]), (), LastWord())
    outcome, _ = await search(RStar(simulations=4, width=4), world)
    assert outcome.answer.text == "Answer: b"


async def test_rstar_visits_every_child_before_any_twice() -> None:
    engine = FakeEngine(lambda r, i: f"{i}\n\n" if not r.steps else "Answer: b")
    await search(RStar(simulations=3, leaves=1, width=3), models(engine))
    assert [request.text for request in engine.seen] == ["", "0\n\n", "1\n\n", "2\n\n"]


async def test_rstar_values_an_end_by_the_share_that_agrees() -> None:
    tree = Node(Candidate(PROMPT))
    tree.grow([begun(text, finished=True) for text in ["Answer: a", "Answer: b", "Answer: a", "?"]])
    asked = Asked()
    await RStar()._value_ends(asked, tree)  # type: ignore[arg-type]
    assert [end.value for end in tree.children] == [0.5, 0.25, 0.5, 0.0]
    assert asked.proposed == "Answer: a"


async def test_rstar_has_nothing_to_count_in_free_text() -> None:
    with pytest.raises(NothingToVote, match="rstar"):
        await search(RStar(), models(FakeEngine(lambda *_: "a poem about autumn")))
