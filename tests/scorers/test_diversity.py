"""How many ideas there are among programs, by a model that sums them up and compares them."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Request
from engines.errors import EngineUnavailable, RequestRefused
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.diversity import Comparing, IdeaDiversity, idea_diversity, mean_diversity


def asked(request: Request) -> str:
    return request.prompt.conversation.messages[-1].content


def parts(request: Request, name: str) -> list[str]:
    pieces = asked(request).split(f"<{name}>\n")[1:]
    return [piece.split(f"\n</{name}>")[0] for piece in pieces]


def by_word(request: Request, i: int) -> str:
    """Sum a program up by its first word; ideas are the same if that is."""
    if programs := parts(request, "program"):
        return programs[0].split()[0]
    first, second = parts(request, "idea")
    return "**YES**, they are." if first == second else "No."


async def diversity(*programs: str, engine: FakeEngine | None = None, **how: int) -> IdeaDiversity:
    judge = engine or FakeEngine(by_word)
    return await idea_diversity("Sort.", programs, judge, Comparing(**how))


@pytest.mark.parametrize(
    ("programs", "d"),
    [
        (("heap a", "heap b", "merge c"), 2 / 3),
        (("heap", "heap", "heap"), 0),
        (("heap", "merge", "quick"), 1),
        (("heap",), None),
        (("heap", " "), None),
        ((), None),
    ],
)
async def test_diversity_is_the_share_of_pairs_that_differ(programs, d) -> None:
    found = await diversity(*programs)
    assert found.diversity == (d if d is None else pytest.approx(d))


async def test_problems_without_pairs_are_left_out_of_the_mean() -> None:
    found = [await diversity("a"), await diversity("a", "a"), await diversity("a", "b")]
    assert mean_diversity(found) == 0.5
    assert mean_diversity(found[:1]) is None


@given(st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8))
def test_similarity_is_that_of_the_words(words: list[str]) -> None:
    found = asyncio.run(diversity(*words))
    there = [words[place] for place in found.programs]
    pairs = [(x, y) for i, x in enumerate(there) for y in there[:i]]
    assert sorted(there) == sorted(filter(None, words))
    assert found.similarity == (sum(x == y for x, y in pairs) / len(pairs) if pairs else None)
    assert all(found.alike[i][j] == found.alike[j][i] for i in range(len(there)) for j in range(i))


async def test_each_program_is_summed_up_once_and_each_pair_compared_once_at_temperature_0() -> (
    None
):
    engine = FakeEngine(by_word)
    found = await diversity("a 1", "b 2", "c 3", "d 4", engine=engine)
    assert len(engine.seen) == 4 + 6
    assert {request.sampling.temperature for request in engine.seen} == {0}
    assert found.usage.calls == 10
    assert found.usage.completion_tokens > 0


async def test_no_more_than_so_many_are_compared_in_an_order_by_the_seed() -> None:
    programs = [f"{i}" for i in range(50)]
    found = [await diversity(*programs, most=5, seed=seed) for seed in (42, 42, 43)]
    assert len(found[0].programs) == 5
    assert found[0].programs == found[1].programs != found[2].programs


async def test_no_more_than_so_many_are_asked_at_a_time() -> None:
    there, most = 0, 0

    def reply(request: Request, i: int) -> str:
        nonlocal there
        there -= 1
        return by_word(request, i)

    def latency(request: Request) -> float:
        nonlocal there, most
        there += 1
        most = max(most, there)
        return 0.0

    await diversity(*"abcdef", engine=FakeEngine(reply, latency=latency), together=3)
    assert most == 3


def failing(times: int, error: Exception) -> FakeEngine:
    """An engine that fails so many times before it answers."""
    left = times

    def reply(request: Request, i: int) -> str:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error
        return by_word(request, i)

    return FakeEngine(reply)


async def test_a_call_that_fails_is_tried_three_times_and_is_on_the_bill() -> None:
    engine = failing(2, EngineUnavailable("reset"))
    found = await diversity("a", "b", engine=engine, together=1)
    assert found.diversity == 1
    assert found.usage.calls == len(engine.seen) == 3 + 2


async def test_a_call_that_fails_three_times_is_an_error() -> None:
    with pytest.raises(EngineUnavailable, match="reset"):
        await diversity("a", "b", engine=failing(3, EngineUnavailable("reset")), together=1)


async def test_what_is_refused_is_not_asked_again() -> None:
    engine = failing(1, RequestRefused("too long"))
    with pytest.raises(RequestRefused, match="too long"):
        await diversity("a", "b", engine=engine, together=1)
    assert len({asked(request) for request in engine.seen}) == len(engine.seen)


def test_nothing_is_asked_of_a_single_program() -> None:
    engine = FakeEngine(by_word)
    assert asyncio.run(diversity("a", engine=engine)).usage == Usage()
    assert not engine.seen
