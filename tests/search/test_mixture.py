"""Answers of several agents, fused into one."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engines.base import Price
from engines.fake import FakeEngine
from search import Budget, Models, run_search
from search.errors import StrategyRefused
from search.events import Drafted
from search.strategies import Mixture
from search.strategies.prompts import OTHERS, SYNTHESISE
from search.trace import RecordedSearch
from tests.search.test_refining_strategies import conversations
from tests.search.world import TASK, a_or_b, models, search

ABLE = FakeEngine(a_or_b).capabilities


async def test_each_layer_sees_all_answers_of_the_one_before() -> None:
    engine = FakeEngine(lambda request, i: f"{request.id} {i}")
    await search(Mixture(proposers=2, layers=3), models(engine))
    assert conversations(engine) == [
        [],
        ["1.0 0", f"{OTHERS}\n\n<answer>\n1.0 1\n</answer>\n\n{SYNTHESISE}"],
        ["2.0 0", f"{OTHERS}\n\n<answer>\n2.0 1\n</answer>\n\n{SYNTHESISE}"],
    ]


async def test_proposers_vary_as_they_are_told_and_the_aggregator_as_the_request_says() -> None:
    engine = FakeEngine(a_or_b)
    await search(Mixture(), models(engine))
    assert [(r.n, r.sampling.temperature) for r in engine.seen] == [(6, 0.7), (1, 0.8)]


def two_engines(**able: object) -> tuple[Models, FakeEngine, FakeEngine]:
    """Models with a default engine that says "here", and another one, which says "there"."""
    here = FakeEngine(lambda request, i: "here")
    there = FakeEngine(lambda request, i: "there", capabilities=replace(ABLE, **able))  # type: ignore[arg-type]
    return replace(models(here), others={"there": there}), here, there


async def test_engines_propose_in_turn_and_the_default_one_fuses() -> None:
    world, here, there = two_engines()
    await search(Mixture(proposers=4, layers=3, agents=("default", "there")), world)
    assert [(r.id, r.n) for r in here.seen] == [("1.0", 2), ("2.0", 2), ("3.0", 1)]
    assert [(r.id, r.n) for r in there.seen] == [("1.1", 2), ("2.1", 2)]
    assert all("there\n</answer>" in shown[-1] for shown in conversations(here)[1:])


async def test_a_mixture_of_engines_replays_from_its_file(tmp_path: Path) -> None:
    world, here, there = two_engines(token_ids=False, price=Price(prompt=1, completion=2))
    strategy = Mixture(proposers=2, agents=("there", "default"))
    outcome, trace = await search(strategy, world)
    able, others = here.capabilities, {"there": there.capabilities}
    RecordedSearch(strategy, TASK, {}, able, trace, {}, others).write(tmp_path / "out.json")
    assert await RecordedSearch.read(tmp_path / "out.json").replay() == outcome


@given(tokens=st.integers(1, 90), flops=st.integers(1, 900), cost=st.integers(1, 900))
def test_engines_that_cost_differently_share_one_budget(tokens, flops, cost) -> None:
    price = Price(prompt=1e6, completion=5e6)
    world, here, _ = two_engines(parameters=7.0, price=price)
    here.capabilities = replace(ABLE, price=Price(prompt=0, completion=1e6))
    budget = Budget(tokens=tokens, flops=flops, cost=cost)
    strategy = Mixture(proposers=6, agents=("default", "there"))
    spent = asyncio.run(run_search(strategy, TASK, world, budget)).usage
    assert (spent.completion_tokens <= tokens, spent.flops <= flops) == (True, True)
    assert spent.cost <= cost + 1e-9


@pytest.mark.parametrize(
    ("able", "agents", "asked", "param"),
    [
        ({}, ("elsewhere",), {}, "search.strategy.agents"),
        ({"structured": False}, ("there",), {"json_schema": "{}"}, "response_format"),
        ({"stops": 0}, ("there",), {"stop": ("x",)}, "stop"),
    ],
)
async def test_an_agent_that_cannot_take_part_is_refused(able, agents, asked, param) -> None:
    world, here, there = two_engines(**able)
    sampling = replace(TASK.sampling, **asked)
    with pytest.raises(StrategyRefused) as caught:
        await search(Mixture(proposers=2, agents=agents), world, sampling=sampling)
    assert (caught.value.param, here.seen, there.seen) == (param, [], [])


@pytest.mark.parametrize("fields", [{"proposers": 3}, {"agents": ("a", "a")}, {"agents": ()}])
def test_agents_differ_and_answer_equally_often(fields) -> None:
    with pytest.raises(ValidationError):
        Mixture(**{"agents": ("default", "there"), **fields})


async def test_the_fused_answer_is_shown_as_it_is_drawn() -> None:
    outcome, trace = await search(Mixture())
    shown = "".join(e.delta.text for e in trace if isinstance(e, Drafted))
    assert shown == outcome.answer.text


async def test_a_mixture_cut_short_returns_the_latest_layers_answer() -> None:
    engine = FakeEngine(lambda request, i: f"layer {request.id}")
    outcome, _ = await search(Mixture(layers=3), models(engine), Budget(calls=2))
    assert (outcome.stop, outcome.answer.text) == ("budget", "layer 2.0")
