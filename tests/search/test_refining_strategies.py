"""Answers that are criticised, compared and fused."""

from dataclasses import replace

import pytest

from engines.base import Capabilities, Request
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention
from scorers.pairwise import PairJudge
from scorers.preference import Comparison, Leaning
from search import Budget
from search.errors import StrategyRefused
from search.events import Compared
from search.strategies import SelfRefine, Tournament
from search.strategies.prompts import CRITICISE, FLAWLESS, MEND, flawless
from tests.app.client import ask
from tests.search.world import MoreOfB, a_or_b, models, search


def conversations(engine: FakeEngine) -> list[list[str]]:
    """What each request showed after the question."""
    return [[m.content for m in r.prompt.conversation.messages[1:]] for r in engine.seen]


def refining(feedback: str, *answers: str) -> FakeEngine:
    """An engine that gives the answers in turn, and this feedback on each."""

    def reply(request: Request, i: int) -> str:
        turns = request.prompt.conversation.messages
        return feedback if turns[-1].content == CRITICISE else answers[len(turns) // 4]

    return FakeEngine(reply)


async def test_an_answer_is_criticised_and_mended_in_turn() -> None:
    engine = refining("too short", "one", "two")
    await search(SelfRefine(rounds=1), models(engine))
    assert conversations(engine) == [
        [],
        ["one", CRITICISE],
        ["one", CRITICISE, "too short", MEND],
    ]


@pytest.mark.parametrize(("select", "expected"), [("best", "b"), ("last", "aa")])
async def test_the_best_or_the_last_of_the_answers_is_returned(select, expected) -> None:
    engine = refining("mend it", "a", "b", "aa")
    outcome, _ = await search(SelfRefine(rounds=2, select=select), models(engine))
    assert outcome.answer.text == expected


async def test_what_is_flawless_is_not_mended() -> None:
    engine = refining(f"{FLAWLESS}.", "one", "two")
    outcome, _ = await search(SelfRefine(rounds=3), models(engine))
    assert (len(engine.seen), outcome.answer.text) == (2, "one")


async def test_feedback_is_no_solution() -> None:
    outcome, _ = await search(SelfRefine(rounds=2), models(refining("b b b", "a", "a", "a")))
    assert {c.text for c in outcome.ranked} == {"a"}


@pytest.mark.parametrize(("select", "expected"), [("best", "b"), ("last", "a")])
async def test_a_refinement_cut_short_returns_the_best_or_last_so_far(select, expected) -> None:
    strategy = SelfRefine(rounds=2, select=select)
    outcome, _ = await search(strategy, models(refining("mend it", "b", "a", "")), Budget(calls=5))
    assert (outcome.stop, outcome.answer.text) == ("budget", expected)


@pytest.mark.parametrize(
    ("feedback", "expected"),
    [
        ("FLAWLESS", True),
        ('"FLAWLESS."', True),
        ("Nothing to mend: FLAWLESS!", True),
        ("The FLAWLESS part is the first", False),
        ("It is flawless", False),
        ("", False),
    ],
)
def test_only_the_word_asked_for_ends_the_refinement(feedback: str, expected: bool) -> None:
    assert flawless(feedback) == expected


def numbered(request: Request, i: int) -> str:
    return f"Answer: {i}"


class Prefers(MoreOfB):
    """A judge of pairs that likes higher numbers, by `lead`."""

    name = "prefers"

    def __init__(self, lead: float) -> None:
        self.lead = lead

    async def compare(self, pairs):
        leads = [self.lead if a.text > b.text else -self.lead for a, b in pairs]
        return Comparison(tuple(Leaning(0.5 + lead) for lead in leads), self.bound(pairs))


class Mute(MoreOfB):
    name = "mute"

    async def compare(self, pairs):
        return Comparison((Abstention("no opinion"),) * len(pairs), self.bound(pairs))


@pytest.mark.parametrize(
    ("n", "rounds"), [(1, []), (2, [1]), (5, [2, 1, 1]), (8, [4, 2, 1]), (6, [3, 1, 1])]
)
async def test_a_tournament_halves_its_players_each_round(n, rounds) -> None:
    world = replace(models(FakeEngine(numbered)), pairs=Prefers(0.4))
    outcome, trace = await search(Tournament(n=n), world)
    assert [len(e.pairs) for e in trace if isinstance(e, Compared)] == rounds
    assert outcome.answer.text == f"Answer: {n - 1}"


@pytest.mark.parametrize("judge", [Prefers(0.0), Mute()])
async def test_an_undecided_pair_goes_to_the_one_drawn_first(judge) -> None:
    world = replace(models(FakeEngine(numbered)), pairs=judge)
    outcome, _ = await search(Tournament(n=5), world)
    assert outcome.answer.text == "Answer: 0"


async def test_abstentions_are_said_in_the_response() -> None:
    world = replace(models(FakeEngine(numbered)), pairs=Mute())
    outcome, _ = await search(Tournament(n=4), world)
    assert outcome.degradations[0] == "mute abstained on 2 of 2 pairs: no opinion"


async def test_comparisons_are_on_the_verifiers_bill() -> None:
    outcome, _ = await search(Tournament(n=5))
    assert outcome.verifier == Usage(calls=3, flops=4.0)


async def test_a_tournament_cut_short_returns_the_leader() -> None:
    world = replace(models(FakeEngine(numbered)), pairs=Prefers(0.4))
    outcome, _ = await search(Tournament(n=4), world, Budget(calls=2))
    assert (outcome.stop, outcome.answer.text) == ("budget", "Answer: 1")


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (None, "needs a judge of pairs"),
        (PairJudge("pairs", FakeEngine(a_or_b, capabilities=Capabilities("text"))), "log-prob"),
    ],
)
async def test_a_tournament_nobody_can_judge_is_refused(pairs, reason) -> None:
    engine = FakeEngine(a_or_b)
    with pytest.raises(StrategyRefused, match=reason) as caught:
        await search(Tournament(), replace(models(engine), pairs=pairs))
    assert (caught.value.param, engine.seen) == ("search.strategy", [])


async def test_the_service_compares_by_its_own_engine() -> None:
    engine = FakeEngine(a_or_b)
    response = await ask(engine, search={"strategy": {"kind": "tournament", "n": 2}})
    assert response.status_code == 200
    assert response.json()["search"]["spent"]["verifier"]["calls"] == 2
