"""The world a strategy sees, beyond drawing and judging."""

from dataclasses import replace

import pytest

from engines.base import Capabilities, Prompt, Step
from engines.fake import FakeEngine
from scorers.base import Candidate
from search.budget import Budget, Ledger
from search.children import reopened
from search.events import Generated
from search.models import Models, Task
from search.recorder import Recorder
from search.replay import Replay
from search.search import Search
from tests.search.world import ASKED, TASK, a_or_b, models


def a_search(world: Models, trace: list, task: Task = TASK) -> Search:
    return Search(world, task, Ledger(Budget()), Recorder(trace.append))


async def test_a_text_of_our_own_is_put_behind_an_answer_which_goes_on() -> None:
    engine = FakeEngine(a_or_b)
    search = a_search(models(engine), [])
    [root] = await search.prompts([()])
    ended = await search.extend([root], 2)
    [first, _] = await search.write(ended, "Wait, ")
    assert (first.finish, first.text) == (None, ended[0].text + "Wait, ")
    assert [c.text for c in search.pool] == [c.text + "Wait, " for c in ended]
    await search.extend([first], 1)
    assert tuple(engine.seen[-1].ids)[-1:] == engine._ids("Wait, ")


async def test_what_is_drawn_aside_is_billed_and_no_solution() -> None:
    search = a_search(models(), trace := [])
    [root] = await search.prompts([()])
    [parent] = await search.extend([root], 1, search.steps("\n\n", 20))
    [probe] = await search.write([parent], "So: ", aside=True)
    [seen] = await search.extend([probe], 1, aside=True)
    assert seen.text.startswith(parent.text + "So: ")
    assert search.pool == [parent]
    assert sum(isinstance(event, Generated) for event in trace) == 2


@pytest.mark.parametrize(
    ("chunk", "max_tokens", "finish"), [(True, 2, None), (False, 2, "length"), (True, 9, "length")]
)
async def test_a_chunk_that_fills_its_own_cap_can_go_on(chunk, max_tokens, finish) -> None:
    engine = FakeEngine(lambda request, i: "one two three four five six")
    task = replace(TASK, sampling=replace(TASK.sampling, max_tokens=5))
    search = a_search(models(engine), [], task)
    how = replace(search.sampling, max_tokens=max_tokens)
    [drawn] = await search.extend(await search.prompts([()]), 1, how, chunk=chunk)
    assert drawn.finish == finish


async def test_chunks_end_with_the_answers_cap() -> None:
    engine = FakeEngine(lambda request, i: "one two three four")
    task = replace(TASK, sampling=replace(TASK.sampling, max_tokens=5))
    search = a_search(models(engine), [], task)
    grown = await search.prompts([()])
    while not grown[0].finished:
        grown = await search.extend(grown, 1, replace(TASK.sampling, max_tokens=2), chunk=True)
    assert (grown[0].finish, grown[0].tokens, search.pool) == ("length", 5, grown)
    assert [request.sampling.max_tokens for request in engine.seen] == [2, 2, 1]


async def test_a_text_for_which_there_is_no_room_is_not_written() -> None:
    task = replace(TASK, sampling=replace(TASK.sampling, max_tokens=8))
    search = a_search(models(), [], task)
    ended = await search.extend(await search.prompts([()]), 1)
    [fits] = await search.write(ended, "Wait ")
    [full] = await search.write([fits], "and think ")
    assert (fits.finish, fits.tokens) == (None, 8)
    assert full == replace(fits, finish="length")
    assert search.pool == [full]


@pytest.mark.parametrize("token_ids", [True, False])
async def test_a_text_can_take_the_place_of_the_stop_string_that_ended_a_step(token_ids) -> None:
    able = replace(FakeEngine(a_or_b).capabilities, token_ids=token_ids)
    engine = FakeEngine(lambda request, i: "so 42 </think> The", capabilities=able)
    search = a_search(models(engine), trace := [])
    thought = await search.extend(await search.prompts([()]), 1, search.steps("</think>", 20))
    [longer] = await search.write(thought, "Wait", instead_of="</think>")
    assert (longer.text, longer.finish) == ("so 42 Wait", None)
    [replayed] = await a_search(Replay(trace, able).models, []).write(
        thought, "Wait", instead_of="</think>"
    )
    assert replayed == longer
    assert (longer.steps[0].ids is not None) == token_ids


async def test_what_was_written_replays() -> None:
    trace: list = []
    search = a_search(models(), trace)
    [root] = await search.prompts([()])
    [written] = await search.write([root], "Wait")
    again = a_search(Replay(trace, FakeEngine(a_or_b).capabilities).models, [])
    [other] = await again.prompts([()])
    assert await again.write([other], "Wait") == [written]


async def test_on_the_text_route_what_is_written_has_no_ids() -> None:
    able = Capabilities("text", continues=True)
    search = a_search(models(FakeEngine(a_or_b, capabilities=able)), [])
    [root] = await search.prompts([()])
    [written] = await search.write([root], "Wait")
    assert written.steps == (Step("Wait", 0, None),)


def test_a_solution_the_model_ended_is_opened_without_the_token_that_ended_it() -> None:
    step = Step("b", 2, (7, 2), (-0.1, -0.2), (1.0, 2.0))
    ended = Candidate(Prompt(ASKED, (1,)), (step,), "eos")
    assert reopened(ended).steps == (Step("b", 1, (7,), (-0.1,), (1.0,)),)
    cut = replace(ended, finish="length")
    assert reopened(cut) == replace(cut, finish=None)


@pytest.mark.parametrize(("seed", "equal"), [(0, True), (1, False)])
async def test_chance_is_the_same_in_every_run_of_the_same_search(seed: int, equal: bool) -> None:
    one, two = a_search(models(), []), a_search(models(), [], replace(TASK, seed=seed))
    drawn = [one.random().random(), one.random().random()]
    assert (drawn == [two.random().random(), two.random().random()]) == equal
    assert drawn[0] != drawn[1]
