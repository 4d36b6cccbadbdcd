"""Strategies that run inside another."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter, ValidationError

from engines.base import Request
from engines.fake import FakeEngine
from search import Budget
from search.errors import NothingToVote, StrategyRefused
from search.events import Drafted
from search.strategies import (
    AdaptiveConsistency,
    AnyStrategy,
    BeamSearch,
    BestOfN,
    Ensemble,
    Majority,
    Mixture,
    OneSample,
    SelfCertainty,
    SelfRefine,
    Tournament,
)
from tests.app.client import ask
from tests.search.test_run import WholeOnly
from tests.search.world import SharesOfB, a_or_b, models, search

ABLE = FakeEngine(a_or_b).capabilities
STRATEGY: TypeAdapter[AnyStrategy] = TypeAdapter(AnyStrategy)


def says(*words: str) -> FakeEngine:
    """An engine that answers its requests with one word after the other."""
    left = iter(words)

    def reply(request: Request, i: int) -> str:
        return next(left)

    return FakeEngine(reply)


async def test_members_run_in_turn_and_their_answers_are_weighed() -> None:
    engine = says("bbb\n\nAnswer: x", "b\n\nAnswer: y", "b\n\nAnswer: y", "a\n\nAnswer: z")
    one = OneSample()
    outcome, _ = await search(Ensemble(members=(one, one, one, one)), models(engine))
    assert [request.id for request in engine.seen] == ["1.0", "4.0", "7.0", "9.0"]
    assert outcome.answer.text == "b\n\nAnswer: y"


async def test_a_member_without_an_answer_has_no_vote() -> None:
    engine = says("I cannot tell", "I cannot tell", "Answer: b")
    outcome, _ = await search(Ensemble(members=(Majority(n=2), BestOfN(n=1))), models(engine))
    assert outcome.answer.text == "Answer: b"
    assert "majority: no sample ends" in outcome.degradations[0]


async def test_members_that_all_come_to_nothing_are_an_error() -> None:
    engine = says(*["I cannot tell"] * 4)
    with pytest.raises(NothingToVote, match="no member"):
        await search(Ensemble(members=(Majority(n=2), Majority(n=2))), models(engine))


async def test_a_budget_that_ends_in_the_second_member_keeps_the_firsts_answer() -> None:
    engine = says("Answer: b", "Answer: a", "Answer: a")
    members = (OneSample(), BestOfN(n=2))
    outcome, _ = await search(Ensemble(members=members), models(engine), Budget(calls=3))
    assert (outcome.answer.text, outcome.exhausted) == ("Answer: b", "calls")


@pytest.mark.parametrize("second", [AdaptiveConsistency(n=4), Mixture(proposers=2), SelfRefine()])
async def test_what_a_member_proposes_does_not_displace_what_was_elected(second) -> None:
    engine = FakeEngine(lambda r, i: "Answer: b" if r.id == "1.0" else "Answer: a")
    strategy = Ensemble(members=(OneSample(), second))
    for calls in range(3, 9):
        outcome, _ = await search(strategy, models(engine), Budget(calls=calls))
        assert outcome.answer.text == "Answer: b"


async def test_no_members_words_are_shown_as_the_answer_while_they_are_drawn() -> None:
    _, trace = await search(Ensemble(members=(OneSample(), OneSample())))
    assert not [event for event in trace if isinstance(event, Drafted)]


@pytest.mark.parametrize(
    ("members", "able", "scorer", "refusal"),
    [
        ((OneSample(), BeamSearch()), {"continues": False}, SharesOfB(), "beam_search continues"),
        ((OneSample(), BeamSearch()), {}, WholeOnly(), "beam_search needs a scorer"),
        ((OneSample(), SelfCertainty()), {"alternatives": 0}, SharesOfB(), "self_certainty reads"),
    ],
)
async def test_what_a_member_cannot_do_here_is_refused_first(
    members, able, scorer, refusal
) -> None:
    engine = FakeEngine(a_or_b, capabilities=replace(ABLE, **able))
    with pytest.raises(StrategyRefused, match=refusal):
        await search(Ensemble(members=members), models(engine, scorer))
    assert not engine.seen


def test_a_member_may_be_named_by_its_kind_alone() -> None:
    told = {"kind": "ensemble", "members": ["tournament", {"kind": "majority", "n": 3}]}
    strategy = STRATEGY.validate_python(told)
    assert isinstance(strategy, Ensemble)
    assert strategy.members == (Tournament(), Majority(n=3))
    assert strategy.solutions == 11


@pytest.mark.parametrize("members", [["sample"], ["sample"] * 9, ["sample", "ensemble"], "sample"])
def test_members_are_two_to_eight_and_no_ensembles(members: object) -> None:
    with pytest.raises(ValidationError):
        STRATEGY.validate_python({"kind": "ensemble", "members": members})


async def test_over_http_a_member_that_is_not_there_is_named() -> None:
    response = await ask(search={"strategy": {"kind": "ensemble", "members": ["sample", "magic"]}})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "search.strategy.members.1"
