from dataclasses import replace

import pytest

from engines.base import Capabilities, Request, Sampling
from engines.errors import ContextOverflow
from engines.fake import FakeEngine
from engines.thinking import Thinking
from training.pairs import Pair
from training.recycle.reflection import Reply, Teacher

PAIR = Pair("Name a river.", "Rhine")
ABLE = Capabilities("t", token_ids=True)


async def reply(engine: FakeEngine, **how: object) -> Reply:
    teacher = Teacher(engine, **how)  # type: ignore[arg-type]
    return await teacher.reflect("response", PAIR, request_id="1.reflect.on.response")


async def test_what_a_teacher_thinks_before_it_answers_is_no_part_of_its_reply() -> None:
    text = "<think>[Better Answer] no [End]</think>\n[Better Answer] yes [End]"
    able = replace(ABLE, thinking=Thinking())
    told = await reply(FakeEngine(lambda r, i: text, capabilities=able))
    assert told.text == "[Better Answer] yes [End]"


async def test_a_reply_that_its_cap_ends_is_called_cut() -> None:
    told = await reply(FakeEngine(lambda r, i: "a b c d"), sampling=Sampling(2, 0.0))
    assert (told.text, told.cut, told.usage.completion_tokens) == ("a b ", True, 2)


async def test_a_server_that_finds_a_pair_too_long_has_no_room_for_it() -> None:
    def full(request: Request, i: int) -> str:
        raise ContextOverflow("5000 tokens; the context is 4096")

    told = await reply(FakeEngine(full, capabilities=replace(ABLE, token_ids=False)))
    assert (told.too_long, told.text, told.usage.calls) == (True, "", 0)


@pytest.mark.parametrize("context", [None, 100_000])
async def test_a_reply_has_as_many_tokens_as_in_the_paper_if_there_is_room(context) -> None:
    engine = FakeEngine(lambda r, i: "ok", capabilities=replace(ABLE, context=context))
    await reply(engine)
    assert engine.seen[0].sampling == Sampling(2048, temperature=0.0)


async def test_a_reply_has_the_same_seed_in_every_run() -> None:
    engine = FakeEngine(lambda r, i: "ok")
    for seed in (1, 1, 2):
        await reply(engine, seed=seed)
    first, second, other = (request.seed for request in engine.seen)
    assert first == second != other
