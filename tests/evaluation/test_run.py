import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from engines.price import Price
from evaluation.records import Answered, Record
from evaluation.report import Report
from search import Budget
from search.errors import StrategyRefused
from search.strategies import Majority, OneSample
from tests.evaluation.world import ANSWERS_BEFORE_HANGING, QUESTIONS, asked, run, say
from tests.search.world import Broken, models
from training.writing import OutputRefused


def figures(report: Report) -> tuple[object, ...]:
    """Return what must not depend on whether a run was done at once."""
    return (report.n, report.right, report.interval, report.pass_at, report.tokens, report.calls,
            report.flops, report.stops, report.errors)  # fmt: skip


def fails_on(*numbers: int):
    def reply(request: Request, i: int) -> str:
        if int(asked(request).split()[2]) in numbers:
            raise EngineUnavailable("the server is gone")
        return say(request, i)

    return reply


async def test_a_report_counts_answers_and_costs() -> None:
    report = await run()
    assert (report.n, report.right, report.accuracy) == (12, 6, 0.5)
    assert report.interval == pytest.approx((0.2538, 0.7462), abs=1e-4)
    assert report.pass_at == pytest.approx({1: 0.25, 2: 5 / 12, 4: 0.5})
    assert (report.tokens, report.tokens_per_question) == (12 * 4 * 2, 8)
    assert (report.calls, report.stops, report.errors) == (24, {"finished": 12}, 0)
    assert report.setup.strategy == {"kind": "best_of_n", "n": 4}


async def test_a_report_says_what_right_answers_cost() -> None:
    report = await run()
    assert report.right_per["token"] == 6 / (12 * 4 * 2)
    assert report.right_per["flop"] == (None if report.flops is None else 6 / report.flops)
    assert (report.cost, report.right_per["cost"]) == (None, None)
    priced = replace(FakeEngine(say).capabilities, price=Price(prompt=0, completion=1e6))
    dear = await run(FakeEngine(say, capabilities=priced))
    assert (dear.cost, dear.right_per["cost"]) == (96, 6 / 96)


async def test_every_question_has_a_seed_of_its_own_that_the_runs_seed_changes() -> None:
    async def seeds(seed: int) -> set[int]:
        await run(engine := FakeEngine(say), seed=seed)
        return {request.seed for request in engine.seen}

    first, again, other = await seeds(1), await seeds(1), await seeds(2)
    assert len(first) == len(QUESTIONS)
    assert first == again
    assert not first & other


async def test_the_prompt_is_put_around_the_question() -> None:
    await run(engine := FakeEngine(say), prompt="Think. So {question} {}")
    assert asked(engine.seen[0]).startswith("Think. So What is ")
    assert asked(engine.seen[0]).endswith("+ 0? {}")


async def test_no_more_searches_run_at_once_than_allowed() -> None:
    running, most = 0, 0

    def latency(request: Request) -> float:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        return 0.001

    def reply(request: Request, i: int) -> str:
        nonlocal running
        running -= i == 0
        return say(request, i)

    await run(FakeEngine(reply, latency=latency), concurrency=3)
    assert most == 3


async def test_a_question_whose_search_fails_is_counted_apart_and_asked_again(
    tmp_path: Path,
) -> None:
    first = await run(FakeEngine(fails_on(2, 3)), out=tmp_path / "run.jsonl")
    second = await run(engine := FakeEngine(say), out=tmp_path / "run.jsonl")
    assert (first.n, first.right, first.errors) == (12, 5, 2)
    assert (second.n, second.right, second.errors, second.resumed) == (12, 6, 0, 10)
    assert {asked(r) for r in engine.seen} == {"What is 2 + 0?", "What is 3 + 0?"}


async def test_a_run_done_in_parts_has_the_figures_of_one_done_at_once(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    await run(out=out, questions=QUESTIONS[:7])
    assert figures(await run(out=out)) == figures(await run())


async def test_what_is_recorded_is_told_before_what_is_asked(tmp_path: Path) -> None:
    heard: list[Record] = []
    await run(out=tmp_path / "run.jsonl", questions=QUESTIONS[6:])
    await run(out=tmp_path / "run.jsonl", progress=heard.append)
    assert [record.id for record in heard[:6]] == [question.id for question in QUESTIONS[6:]]
    assert len(heard) == 12


async def test_half_a_line_at_the_end_is_dropped(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    await run(out=out)
    out.write_bytes(out.read_bytes()[:-20])
    report = await run(engine := FakeEngine(say), out=out)
    assert (len(engine.seen), report.resumed) == (1, 11)
    assert len(out.read_text().splitlines()) == 13


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 7}, "its seed is 0, not 7"),
        ({"strategy": Majority(n=3)}, r'its strategy is .*"best_of_n".*, not .*"majority"'),
        ({"budget": Budget(tokens=100)}, r'its budget is \{\}, not \{"tokens": 100'),
        ({"prompt": "Think. {question}"}, 'its prompt is "{question}", not "Think'),
    ],
)
async def test_a_file_of_another_run_is_left_alone(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    await run(out=tmp_path / "run.jsonl")
    before = (tmp_path / "run.jsonl").read_bytes()
    with pytest.raises(OutputRefused, match=message):
        await run(out=tmp_path / "run.jsonl", **change)
    assert (tmp_path / "run.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"question": "1?"}\n', "line 1 is not one of a run's file"),
        ("a shopping list\n", "line 1 is not one of a run's file"),
    ],
)
async def test_a_file_of_something_else_is_left_alone(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "other"
    path.write_text(content)
    with pytest.raises(OutputRefused, match=message):
        await run(out=path)
    assert path.read_text() == content


async def test_two_runs_do_not_write_to_one_file(tmp_path: Path) -> None:
    started = asyncio.Event()
    engine = FakeEngine(say, latency=lambda _: started.set() or 60)
    first = asyncio.ensure_future(run(engine, out=tmp_path / "run.jsonl"))
    await started.wait()
    with pytest.raises(OutputRefused, match="another process is writing to it"):
        await run(out=tmp_path / "run.jsonl")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await run(out=tmp_path / "run.jsonl")).n == 12


async def test_a_run_killed_outright_goes_on_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "tests.evaluation.killed", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        assert process.stdout
        told = {process.stdout.readline().strip() for _ in range(ANSWERS_BEFORE_HANGING)}
        process.send_signal(signal.SIGKILL)
    report = await run(engine := FakeEngine(say), out=out)
    again = {q.id for q in QUESTIONS if q.text in {asked(r) for r in engine.seen}}
    assert (len(told), told & again) == (ANSWERS_BEFORE_HANGING, set())
    assert told | again == {question.id for question in QUESTIONS}
    assert figures(report) == figures(await run())


async def test_a_vote_without_answers_is_a_question_not_answered_at_its_cost(
    tmp_path: Path,
) -> None:
    heard: list[Record] = []
    engine = FakeEngine(lambda request, i: "no idea")
    report = await run(engine, strategy=Majority(n=3), progress=heard.append)
    assert (report.right, report.no_answer, report.errors) == (0, 12, 0)
    assert report.tokens == 12 * 3 * 2
    assert all(isinstance(r, Answered) and r.given is None for r in heard)


async def test_a_strategy_that_cannot_run_is_refused_at_once(tmp_path: Path) -> None:
    able = FakeEngine(say).capabilities
    mute = FakeEngine(say, capabilities=type(able)("mute", parameters=None))
    with pytest.raises(StrategyRefused, match="flops cannot be limited"):
        await run(mute, budget=Budget(flops=5), out=tmp_path / "run.jsonl")
    assert (await run(mute)).flops is None


async def test_what_was_not_done_as_asked_is_counted() -> None:
    report = await run(models=models(FakeEngine(say), Broken()), budget=Budget(tokens=2))
    assert report.stops == {"budget": 12}
    assert report.degradations["the budget allowed 1 of 4 samples"] == 12


async def test_an_interrupted_run_keeps_what_was_answered(tmp_path: Path) -> None:
    enough = asyncio.Event()
    engine = FakeEngine(say, latency=lambda _: 0 if len(engine.seen) < 6 else enough.set() or 60)
    task = asyncio.ensure_future(run(engine, out=tmp_path / "run.jsonl", strategy=OneSample()))
    await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    report = await run(again := FakeEngine(say), out=tmp_path / "run.jsonl", strategy=OneSample())
    assert report.resumed + len(again.seen) == 12
    assert report.resumed >= 2
