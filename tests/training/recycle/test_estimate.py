from dataclasses import replace

from engines.base import Capabilities, Sampling
from engines.fake import FakeEngine
from engines.price import Price
from tests.training.recycle.world import PAIRS, better, data
from training.recycle.estimate import Estimator
from training.recycle.records import opened
from training.recycle.reflection import Teacher
from training.recycle.run import Run
from training.recycle.student import Student

ABLE = Capabilities(
    "fake",
    context=5000,
    token_ids=True,
    prompt_logprobs=5000,
    parameters=0.5,
    price=Price(prompt=1, completion=2),
)


async def test_a_run_costs_no_more_than_was_said(tmp_path) -> None:
    engine = FakeEngine(better, capabilities=ABLE)
    teacher, student = Teacher(engine, Sampling(40, 0.0)), Student(engine)
    said = await Estimator(teacher, student).estimate(data())
    with opened(tmp_path / "journal.jsonl", {}) as records:
        await Run(teacher, student, records).work(data(), concurrency=2, progress=lambda *_: None)
    spent = records.teacher, records.student
    for at_most, cost in zip((said.teacher, said.student), spent, strict=True):
        assert 0 < cost.prompt_tokens <= at_most.prompt_tokens
        assert cost.completion_tokens <= at_most.completion_tokens
        assert 0 < cost.flops <= at_most.flops
        assert 0 < cost.cost <= at_most.cost
    assert said.n == 6


async def test_a_server_that_takes_text_only_is_estimated_by_characters() -> None:
    teacher = FakeEngine(better, capabilities=replace(ABLE, token_ids=False))
    said = await Estimator(Teacher(teacher), Student(FakeEngine(better))).estimate(data())
    assert said.teacher.completion_tokens == 2 * 6 * 2048
    assert said.teacher.prompt_tokens > 6 * 2048


async def test_without_a_teacher_none_is_paid_for() -> None:
    given = data(PAIRS[:2], ["say better", "say more"])
    said = await Estimator(None, Student(FakeEngine(better))).estimate(given)
    assert (said.teacher.calls, said.teacher.prompt_tokens, said.student.calls) == (0, 0, 4)
