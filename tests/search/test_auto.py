"""The strategy that leaves it to a policy."""

from dataclasses import replace

import pytest

from engines.base import Capabilities
from engines.fake import FakeEngine
from search import Budget
from search.errors import StrategyRefused
from search.events import Drafted, Generated, Judged, Noted, Trace
from search.policy import Knot, Policy, PolicyAdviser, Regressor, Term
from search.strategies import (
    AdaptiveConsistency,
    Auto,
    BeamSearch,
    BestOfN,
    Majority,
    OneSample,
)
from tests.search.world import ADVICE, Silent, a_or_b, advising, bill, models, policy, search

BEAMS = BeamSearch(n=6, width=3, rounds=4)


def world(table: Policy, engine: FakeEngine | None = None, *scorers):
    return replace(models(engine, *scorers), adviser=PolicyAdviser(table))


def always(text: str) -> FakeEngine:
    return FakeEngine(lambda request, i: text)


def drawn(trace: Trace) -> list[int]:
    return [e.request.n for e in trace if isinstance(e, Generated)]


def advice(trace: Trace) -> list[dict]:
    return [e.data for e in trace if isinstance(e, Noted) and e.label == "advice"]


async def test_the_probes_samples_are_the_first_of_the_strategys() -> None:
    outcome, trace = await search(Auto(mode="once"), world(policy(advising(BestOfN(n=6)))))
    assert drawn(trace) == [2, 4]
    assert sum(len(e.candidates) for e in trace if isinstance(e, Judged)) <= 6
    assert len(outcome.ranked) == 6
    assert bill(trace) == outcome.usage


async def test_votes_that_stop_early_begin_with_the_probe_too() -> None:
    table = policy(advising(AdaptiveConsistency(n=6)))
    outcome, trace = await search(Auto(mode="once"), world(table, always("Answer: a")))
    assert drawn(trace) == [2, 1, 1]
    assert outcome.answer.text == "Answer: a"


async def test_a_step_search_has_to_beat_the_probe() -> None:
    def worse_in_steps(request, i: int) -> str:
        return "b b\n\nAnswer: b" if request.id == "1.0" else "a a\n\nAnswer: a"

    table = policy(advising(BEAMS))
    outcome, trace = await search(Auto(mode="once"), world(table, FakeEngine(worse_in_steps)))
    assert advice(trace)[0]["strategy"]["kind"] == "beam_search"
    assert outcome.answer.text == "b b\n\nAnswer: b"


async def test_where_nothing_gains_the_best_of_the_probe_is_the_answer() -> None:
    table = policy(advising(BestOfN(n=6), gain=0.01))
    outcome, trace = await search(Auto(mode="once"), world(table))
    assert drawn(trace) == [2]
    assert [one["action"] for one in outcome.advice] == ["stop"]
    assert outcome.answer == outcome.ranked[0]


async def test_each_bin_gets_its_own_strategy() -> None:
    table = policy(advising(BestOfN(n=4)), advising(BEAMS))
    chosen = [
        (await search(Auto(mode="once"), world(table, always(f"{word} {word}\n\nAnswer: {word}"))))[
            0
        ].advice[0]
        for word in "ba"
    ]
    assert [(one["bin"], one["strategy"]["kind"]) for one in chosen] == [
        (1, "best_of_n"),
        (2, "beam_search"),
    ]
    assert [one["ease"] for one in chosen] == [1, 0]


async def test_what_the_budget_leaves_is_what_is_chosen_for() -> None:
    table = policy(advising(BestOfN(n=6), tokens=60))
    outcome, _ = await search(Auto(mode="once"), world(table), Budget(tokens=50))
    [told] = outcome.advice
    assert told["action"] == "stop"
    assert told["left"] < 50
    assert "fewer than 60, the smallest budget" in told["reason"]


async def test_flops_are_converted_into_the_tokens_they_pay() -> None:
    table = policy(advising(BestOfN(n=6), tokens=60))
    outcome, _ = await search(Auto(mode="once"), world(table), Budget(flops=500))
    assert 0 < outcome.advice[0]["left"] < 500


async def test_what_the_engine_cannot_do_is_not_chosen() -> None:
    engine = FakeEngine(a_or_b, capabilities=Capabilities("fake", token_ids=True))
    outcome, _ = await search(Auto(mode="once"), world(policy(advising(BEAMS)), engine))
    assert outcome.advice[0]["action"] == "stop"
    assert "nothing else that was measured can run here" in outcome.advice[0]["reason"]


async def test_a_question_that_nobody_can_judge_is_answered_and_the_reason_told() -> None:
    outcome, _ = await search(Auto(mode="once"), world(policy(advising(BEAMS)), None, Silent()))
    assert outcome.advice[0]["ease"] is None
    assert "could not be measured" in outcome.advice[0]["reason"]
    assert outcome.answer.text


@pytest.mark.parametrize(
    ("estimator", "ease"), [("agreement", 1.0), ("first_token", pytest.approx(1.0, abs=1))]
)
async def test_difficulty_is_measured_as_the_policy_does(estimator: str, ease: float) -> None:
    table = policy(advising(Majority(n=4)), estimator=estimator)
    outcome, trace = await search(Auto(mode="once"), world(table, always("Answer: a")))
    assert outcome.advice[0]["ease"] == ease
    assert drawn(trace) == [2, 2]


async def test_in_sequence_it_stops_as_soon_as_it_is_sure() -> None:
    engine = always("b b\n\nAnswer: b")
    outcome, trace = await search(Auto(mode="sequential"), world(policy(advising(BEAMS)), engine))
    assert drawn(trace) == [2]
    assert outcome.advice[0]["action"] == "stop"
    assert outcome.advice[0]["sure"] == 0.9


async def test_in_sequence_it_draws_as_many_again_and_decides_anew() -> None:
    engine = always("a a\n\nAnswer: a")
    table = policy(advising(BestOfN(n=7)))
    outcome, trace = await search(Auto(mode="sequential"), world(table, engine))
    assert drawn(trace) == [2, 2, 3]
    assert [one["action"] for one in outcome.advice] == ["continue", "continue", "stop"]


async def test_in_sequence_it_switches_to_what_gains_more_a_token() -> None:
    def steps_are_better(request, i: int) -> str:
        return "a a\n\nAnswer: a" if request.id == "1.0" else "Answer: b"

    outcome, _ = await search(
        Auto(mode="sequential"), world(policy(advising(BEAMS)), FakeEngine(steps_are_better))
    )
    assert [one["action"] for one in outcome.advice] == ["switch", "stop"]
    assert outcome.answer.text == "Answer: b"


async def test_it_decides_anew_wherever_the_policy_says_how_sure_an_answer_is() -> None:
    table = policy(advising(BestOfN(n=7)))
    silent = policy(advising(BestOfN(n=7)), confidence=())
    engine = always("a a\n\nAnswer: a")
    told = [(await search(Auto(), world(one, engine)))[0].advice for one in (table, silent)]
    assert [one[0]["action"] for one in told] == ["continue", "search"]


async def test_whole_solutions_are_drawn_until_the_budget_ends() -> None:
    table = policy(advising(BestOfN(n=60), tokens=480))
    outcome, _ = await search(Auto(), world(table, always("a a\n\nAnswer: a")), Budget(tokens=60))
    assert 40 < outcome.usage.completion_tokens <= 60
    assert outcome.answer.text


async def test_all_that_the_probe_drew_is_used() -> None:
    table = policy(advising(Majority(n=1), tokens=12))
    outcome, _ = await search(Auto(mode="once"), world(table))
    assert outcome.advice[0]["strategy"] == {"kind": "majority", "n": 2}


async def test_a_step_search_is_not_tried_twice() -> None:
    engine = always("a a\n\nAnswer: a")
    outcome, _ = await search(Auto(), world(policy(advising(BEAMS)), engine))
    assert [one["action"] for one in outcome.advice] == ["switch", "stop"]


async def test_without_a_policy_it_is_refused() -> None:
    with pytest.raises(StrategyRefused, match="chooses by a policy, and there is none for fake"):
        await search(Auto(mode="once"), replace(models(), adviser=None))


async def test_a_policy_that_needs_the_right_answers_is_refused() -> None:
    with pytest.raises(StrategyRefused, match="oracle bins"):
        await search(Auto(mode="once"), world(policy(advising(BEAMS), estimator="oracle")))


async def test_nothing_is_decided_anew_without_knowing_how_sure_an_answer_is() -> None:
    table = policy(advising(BEAMS), confidence=())
    with pytest.raises(StrategyRefused, match="does not say how sure") as refused:
        await search(Auto(mode="sequential"), world(table))
    assert refused.value.param == "search.strategy.mode"


def test_a_policy_cannot_advise_to_ask_a_policy() -> None:
    with pytest.raises(ValueError, match="cannot advise auto"):
        policy(advising(Auto()))


def test_how_sure_it_is_lies_on_lines_between_the_knots() -> None:
    table = policy(advising(OneSample(), tokens=10))
    assert [table.sure(held) for held in (0, 0.5, 0.75, 1)] == pytest.approx([0.2, 0.2, 0.55, 0.9])


def test_confidence_that_falls_is_no_confidence() -> None:
    falling = (Knot(held=0.5, accuracy=0.6), Knot(held=0.6, accuracy=0.5))
    with pytest.raises(ValueError, match="does not rise"):
        policy(advising(BEAMS), confidence=falling)


def by_prompt(*rows) -> Policy:
    """A policy that reads difficulty from the question's length, in characters."""
    terms = {"characters": Term(mean=0, scale=1, weight=-1)}
    on = ADVICE.fitted_on.model_copy(update={"samples": 0})
    regressor = Regressor(bias=0, features=terms)
    return policy(*rows, estimator="prompt", fitted_on=on, regressor=regressor, confidence=())


async def test_difficulty_that_is_read_from_the_prompt_takes_no_samples() -> None:
    outcome, trace = await search(Auto(mode="once"), world(by_prompt(advising(BestOfN(n=6)))))
    assert drawn(trace) == [6]
    assert 0 < outcome.advice[0]["ease"] < 0.5
    assert outcome.advice[0]["samples"] == 0


async def test_a_single_sample_chosen_by_the_prompt_is_shown_as_it_is_drawn() -> None:
    table = by_prompt(advising(BestOfN(n=6), gain=0.01))
    outcome, trace = await search(Auto(mode="once"), world(table))
    shown = "".join(event.delta.text for event in trace if isinstance(event, Drafted))
    assert drawn(trace) == [1]
    assert shown == outcome.answer.text
