"""What only particle filters do."""

from collections import Counter

import pytest

from engines.base import Request
from engines.fake import FakeEngine
from search.events import Judged
from search.strategies import EntropicParticleFilter, ParticleFilter, ParticleGibbs
from tests.search.rated import Rater, three_steps
from tests.search.world import models, search


def good(text: str) -> float:
    """Rate a solution by its last step."""
    return 1 - 1e-6 if text.endswith(("good\n\n", "Answer: good")) else 1e-6


async def test_particles_are_redrawn_by_chance_and_reward() -> None:
    def reply(request: Request, i: int) -> str:
        return "Answer: good" if request.steps else ["bad\n\n", "good\n\n"][i % 2]

    engine = FakeEngine(reply)
    await search(ParticleFilter(n=4), models(engine, Rater(good)))
    assert [request.text for request in engine.seen[1:]] == ["good\n\n"] * 4


async def test_a_step_is_not_weighed_again_after_the_next() -> None:
    first = {"0\n\n": 0.6, "1\n\n": 0.4}
    engine = FakeEngine(lambda request, i: three_steps(request, i // 5))
    rater = Rater(lambda text: first.get(text, 0.5))
    await search(EntropicParticleFilter(n=10), models(engine, rater))
    after_one, after_two = engine.seen[1:11], engine.seen[11:]
    assert Counter(r.text[0] for r in after_one)["0"] in (6, 7, 8)
    assert Counter(r.text[0] for r in after_two) == Counter(r.text[0] for r in after_one)


@pytest.mark.parametrize("kind", [ParticleFilter, EntropicParticleFilter])
async def test_a_finished_particle_takes_part_and_can_crowd_out_the_rest(kind) -> None:
    engine = FakeEngine(lambda request, i: "bad\n\n" if i else "Answer: good")
    outcome, _ = await search(kind(n=2, rounds=2), models(engine, Rater(good)))
    assert len(engine.seen) == 1
    assert outcome.answer.text == "Answer: good"


async def test_early_on_fewer_particles_crowd_out_the_rest_if_annealed() -> None:
    def reply(request: Request, i: int) -> str:
        return "Answer: x" if request.steps else f"{i}\n\n"

    rater = Rater(lambda text: 0.95 if text.startswith("0") else 0.05)
    survivors = []
    for rounds in (2, 40):
        engine = FakeEngine(reply)
        await search(EntropicParticleFilter(n=8, rounds=rounds), models(engine, rater))
        survivors.append({request.text for request in engine.seen[1:]})
    assert survivors[0] == {"0\n\n"} < survivors[1]


async def test_chance_is_another_with_another_seed() -> None:
    async def paths(seed: int) -> list[str]:
        engine = FakeEngine(three_steps)
        await search(ParticleFilter(n=8), models(engine, Rater(lambda text: 0.5)), seed=seed)
        return [request.text for request in engine.seen]

    assert await paths(1) == await paths(1) != await paths(2)


async def test_particle_gibbs_sweeps_beside_a_reference_cut_to_the_round() -> None:
    def reply(request: Request, i: int) -> str:
        fresh = "good\n\n" if request.n == 3 and i == 0 else "bad\n\n"
        return "Answer: good" if request.steps else fresh

    engine = FakeEngine(reply)
    strategy = ParticleGibbs(n=6, iterations=2)
    _, trace = await search(strategy, models(engine, Rater(good)))
    drawn = [(request.n, request.text) for request in engine.seen]
    assert drawn == [(3, ""), *[(1, "good\n\n")] * 3, (2, ""), *[(1, "good\n\n")] * 2]
    judged = [c.text for event in trace if isinstance(event, Judged) for c in event.candidates]
    assert len(judged) == len(set(judged))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"n": 6, "iterations": 4}, "multiple of iterations"),
        ({"n": 6, "iterations": 3, "references": 2}, "fewer than the 2 particles"),
    ],
)
def test_a_sweep_without_particles_of_its_own_is_refused(fields, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        ParticleGibbs(**fields)
