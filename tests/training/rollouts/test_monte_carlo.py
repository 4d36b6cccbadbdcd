import pytest

from engines.base import Capabilities, Request, Sampling
from engines.errors import ContextOverflow, EngineUnavailable
from engines.fake import FakeEngine
from tests.training.rollouts.world import (
    RIGHT,
    SAMPLING,
    WRONG_AT_2,
    is_rollout,
    labelled,
    rolled,
    scripted,
)


async def test_a_step_is_worth_the_share_of_right_rollouts_from_it() -> None:
    def reply(request: Request, i: int) -> str:
        if is_rollout(request):
            return f"Answer: {4 if i < 4 - request.text.count('step') else 'none'}"
        return "step\n\n" if request.text.count("step") < 3 else "Answer: 5"

    [example] = (await labelled(FakeEngine(reply))).examples
    assert example.steps == ("step", "step", "step", "Answer: 5")
    assert example.values == (0.75, 0.5, 0.25, 0.0)
    assert (example.outcome, example.answer, example.truth) == (False, "5", "4")


async def test_the_last_step_is_worth_the_outcome_and_is_not_rolled_out() -> None:
    [example] = (await labelled(engine := scripted(RIGHT))).examples
    assert example.values == (1.0, 1.0, 1.0, 1.0)
    assert example.outcome is True
    assert rolled(engine) == ["one\n\n", "one\n\ntwo\n\n", "one\n\ntwo\n\nthree\n\n"]


async def test_solutions_that_begin_alike_share_the_rollouts_of_that_beginning() -> None:
    labels = await labelled(engine := scripted(RIGHT, WRONG_AT_2, RIGHT), samples=3)
    assert [example.values for example in labels.examples] == [
        (1.0, 1.0, 1.0, 1.0),
        (1.0, 0.0, 0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0, 1.0),
    ]
    assert len(rolled(engine)) == len(set(rolled(engine))) == 6


async def test_beginnings_are_continued_by_the_tokens_they_were_drawn_with() -> None:
    await labelled(engine := scripted(RIGHT))
    drawn = await engine.tokenize("one\n\n") or ()
    [rollout, *_] = [request for request in engine.seen if is_rollout(request)]
    assert rollout.prompt.ids is not None
    assert rollout.ids == [*rollout.prompt.ids, *drawn]
    assert len({request.prompt for request in engine.seen}) == 1


async def test_a_rollout_has_the_tokens_that_the_solution_has_left() -> None:
    await labelled(engine := scripted(RIGHT))
    rooms = [r.sampling.max_tokens for r in engine.seen if is_rollout(r)]
    assert rooms == [SAMPLING.max_tokens - steps for steps in (1, 2, 3)]


async def test_solutions_without_an_answer_are_dropped_and_counted() -> None:
    long = "so on and on " * 9
    silent = "I do not know what to say of it, and so will say nothing of it, whoever asks.\n\n"
    scripts = (RIGHT, (long,), (silent, "Really."))
    labels = await labelled(
        scripted(*scripts), samples=3, sampling=Sampling(max_tokens=20, temperature=0.8)
    )
    assert [example.steps[0] for example in labels.examples] == ["one"]
    assert (labels.drawn, labels.cut, labels.unanswered, labels.unsolved) == (3, 1, 1, 0)


async def test_what_is_drawn_without_text_is_part_of_a_step() -> None:
    script = ("\n\n", "one\n\n", "\n\n", "Answer: 4")
    [example] = (await labelled(engine := scripted(script))).examples
    assert example.steps == ("one", "Answer: 4")
    assert example.values == (1.0, 1.0)
    assert rolled(engine) == ["\n\none\n\n\n\n"]


async def test_the_last_of_the_steps_allowed_is_drawn_to_the_end() -> None:
    [example] = (await labelled(scripted(RIGHT), max_steps=2)).examples
    assert example.steps == ("one", "two\n\nthree\n\nAnswer: 4")


async def test_no_solution_outgrows_the_models_context() -> None:
    able = Capabilities("small", context=14, token_ids=True, continues=True)
    engine = FakeEngine(lambda request, i: "and\n\n", capabilities=able)
    labels = await labelled(engine)
    assert (labels.drawn, labels.cut) == (1, 1)
    assert max(len(r.ids) + r.sampling.max_tokens for r in engine.seen) <= 14


async def test_a_question_larger_than_the_context_is_an_error() -> None:
    able = Capabilities("tiny", context=2, token_ids=True, continues=True)
    with pytest.raises(ContextOverflow):
        await labelled(FakeEngine(lambda request, i: "x", capabilities=able))


async def test_a_rollout_that_fails_makes_up_no_label() -> None:
    def reply(request: Request, i: int) -> str:
        if is_rollout(request):
            raise EngineUnavailable("gone")
        return "".join(RIGHT)[len(request.text) :]

    with pytest.raises(EngineUnavailable, match="gone"):
        await labelled(FakeEngine(reply))


async def test_every_request_has_a_seed_of_its_own_that_only_its_place_determines() -> None:
    async def seeds(seed: int, *scripts) -> list[int]:
        await labelled(engine := scripted(*scripts), samples=2, seed=seed)
        return [request.seed for request in engine.seen]

    first, again = await seeds(1, RIGHT, WRONG_AT_2), await seeds(1, RIGHT, WRONG_AT_2)
    assert first == again
    assert len(set(first)) == len(first)
    assert not set(first) & set(await seeds(2, RIGHT, WRONG_AT_2))


async def test_what_ends_a_step_is_no_part_of_it() -> None:
    script = ("one;", " two;", "Answer: 4")
    [example] = (await labelled(scripted(script), step_end=";")).examples
    assert example.steps == ("one", "two", "Answer: 4")
