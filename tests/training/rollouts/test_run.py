import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from engines.base import Capabilities, Request, Sampling
from engines.errors import EngineUnavailable, Unsupported
from engines.fake import FakeEngine
from scorers.answers import BadPattern
from tests.search.world import LastWord
from tests.training.rollouts.world import (
    RIGHT,
    SAMPLING,
    WRONG_AT_2,
    Asked,
    is_rollout,
    scripted,
)
from training.examples import read_examples
from training.rollouts.plan import Plan
from training.rollouts.records import Labelled, Record
from training.rollouts.run import Report, data_of, journal_of, label_all
from training.writing import OutputRefused

QUESTIONS = tuple(Asked(f"q{i}", f"{i} + {4 - i}?") for i in range(6))
PLAN = Plan("rollouts", SAMPLING, samples=2, rollouts=3)


async def run(out: Path, engine: FakeEngine | None = None, **options: object) -> Report:
    """Label the questions with two solutions each."""
    source = engine or scripted(RIGHT, WRONG_AT_2)
    given = {"questions": QUESTIONS, "plan": PLAN, "data": "d"} | options
    questions, plan = given.pop("questions"), given.pop("plan")
    return await label_all(questions, plan, source, LastWord(), out, **given)  # type: ignore[arg-type]


def questions_of(engine: FakeEngine) -> set[str]:
    return {request.id.split(".")[0] for request in engine.seen}


async def test_a_report_counts_what_was_labelled_and_its_cost(tmp_path: Path) -> None:
    report = await run(tmp_path / "out.jsonl", engine := scripted(RIGHT, WRONG_AT_2))
    assert (report.questions, report.labelled, report.failed, report.left) == (6, 6, 0, 0)
    assert (report.solutions, report.examples, report.cut, report.unanswered) == (12, 12, 0, 0)
    assert report.usage.calls == len(engine.seen)
    drawn = sum(r.n * 2 if is_rollout(r) else 0 for r in engine.seen)
    assert report.usage.completion_tokens == drawn + 6 * sum(
        len(step.split()) for script in (RIGHT, WRONG_AT_2) for step in script
    )


async def test_examples_are_in_the_order_of_the_questions(tmp_path: Path) -> None:
    late = scripted(RIGHT, WRONG_AT_2)
    hurried = FakeEngine(late._reply, latency=lambda r: 0.02 if r.id.startswith("q0") else 0.0)
    await run(tmp_path / "out.jsonl", hurried, concurrency=9)
    examples = list(read_examples(tmp_path / "out.jsonl"))
    assert [e.question for e in examples] == [q.text for q in QUESTIONS for _ in range(2)]
    assert {e.truth for e in examples} == {"4"}


async def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    await run(out, questions=QUESTIONS[:4])
    report = await run(out, engine := scripted(RIGHT, WRONG_AT_2))
    assert (report.resumed, report.labelled) == (4, 6)
    assert questions_of(engine) == {"q4", "q5"}
    assert len(list(read_examples(out))) == 12


async def test_a_run_in_parts_comes_to_the_same_as_one_at_once(tmp_path: Path) -> None:
    await run(tmp_path / "parts.jsonl", questions=QUESTIONS[:3])
    parts = await run(tmp_path / "parts.jsonl")
    whole = await run(tmp_path / "whole.jsonl")
    assert replace(parts, resumed=0) == whole
    assert (tmp_path / "parts.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


async def test_half_a_line_of_a_killed_run_is_dropped(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    await run(out, concurrency=1)
    journal = journal_of(out)
    journal.write_bytes(journal.read_bytes()[:-20])
    report = await run(out, engine := scripted(RIGHT, WRONG_AT_2))
    assert (report.resumed, report.labelled, questions_of(engine)) == (5, 6, {"q5"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"plan": replace(PLAN, rollouts=9)}, "its rollouts is 3, not 9"),
        ({"plan": replace(PLAN, by="omega")}, 'its by is "rollouts", not "omega"'),
        ({"plan": replace(PLAN, sampling=Sampling(9, 0.8))}, "its sampling is .*50.*, not .*9"),
        ({"data": "other"}, 'its data is "d", not "other"'),
    ],
)
async def test_the_journal_of_another_run_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    out = tmp_path / "out.jsonl"
    await run(out)
    before = out.read_bytes(), journal_of(out).read_bytes()
    with pytest.raises(OutputRefused, match=message):
        await run(out, **change)
    assert before == (out.read_bytes(), journal_of(out).read_bytes())


async def test_a_journal_with_a_strange_line_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    await run(out, questions=QUESTIONS[:1])
    with journal_of(out).open("a") as file:
        file.write('{"kind": "shopping"}\n')
    with pytest.raises(OutputRefused, match="line 3 is not one of a run's file"):
        await run(out)


def test_the_data_are_others_if_a_question_or_its_answer_is() -> None:
    same = data_of(list(QUESTIONS))
    assert data_of(QUESTIONS) == same
    assert data_of(QUESTIONS[:5]) != same
    assert data_of([*QUESTIONS[:5], replace(QUESTIONS[5], truth="5")]) != same


async def test_a_question_that_fails_is_counted_and_done_again(tmp_path: Path) -> None:
    def reply(request: Request, i: int) -> str:
        if request.id.startswith("q2") and is_rollout(request):
            raise EngineUnavailable("the server is gone")
        return scripted(RIGHT)._reply(request, i)

    first = await run(tmp_path / "out.jsonl", FakeEngine(reply))
    assert (first.labelled, first.failed, first.examples) == (5, 1, 10)
    assert first.errors == {"EngineUnavailable: the server is gone": 1}
    second = await run(tmp_path / "out.jsonl", engine := scripted(RIGHT))
    assert (second.labelled, second.failed, questions_of(engine)) == (6, 0, {"q2"})


async def test_a_budget_that_runs_out_keeps_what_is_done(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    report = await run(out, tokens=200, concurrency=1)
    assert 0 < report.labelled < 6
    assert report.left == 6 - report.labelled
    assert report.usage.completion_tokens <= 200
    assert len(list(read_examples(out))) == report.examples == 2 * report.labelled
    assert (await run(out)).labelled == 6


@pytest.mark.parametrize("concurrency", [1, 3, 12])
@pytest.mark.parametrize("tokens", [1, 60, 120, 10_000])
async def test_no_more_tokens_are_drawn_than_allowed(
    tmp_path: Path, tokens: int, concurrency: int
) -> None:
    engine = scripted(RIGHT, WRONG_AT_2)
    report = await run(tmp_path / "out.jsonl", engine, tokens=tokens, concurrency=concurrency)
    assert report.usage.completion_tokens <= tokens
    assert (report.labelled == 6) == (tokens == 10_000)
    assert tokens > 1 or engine.seen == []


async def test_a_small_budget_is_drawn_in_portions(tmp_path: Path) -> None:
    engine = scripted(RIGHT, RIGHT)
    report = await run(tmp_path / "out.jsonl", engine, questions=QUESTIONS[:1], tokens=95)
    assert report.labelled == 1
    assert {request.n for request in engine.seen} == {1}
    assert len({request.seed for request in engine.seen}) == len(engine.seen)


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_no_more_requests_run_at_once_than_allowed(tmp_path: Path, concurrency: int) -> None:
    running, most = 0, 0

    def latency(request: Request) -> float:
        nonlocal running, most
        running, most = running + 1, max(most, running + 1)
        return 0.001

    def reply(request: Request, i: int) -> str:
        nonlocal running
        running -= i == 0
        return scripted(RIGHT, WRONG_AT_2)._reply(request, i)

    await run(tmp_path / "out", FakeEngine(reply, latency=latency), concurrency=concurrency)
    assert most == concurrency


async def test_an_interrupted_run_keeps_what_is_done(tmp_path: Path) -> None:
    out, enough = tmp_path / "out.jsonl", asyncio.Event()

    def latency(request: Request) -> float:
        return 0 if request.id.startswith("q0") else enough.set() or 60

    slow = FakeEngine(scripted(RIGHT)._reply, latency=latency)
    task = asyncio.ensure_future(run(out, slow, concurrency=1))
    await enough.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [example.question for example in read_examples(out)] == [QUESTIONS[0].text] * 2
    assert (await run(out, scripted(RIGHT))).resumed == 1


async def test_records_are_heard_and_first_those_of_earlier_runs(tmp_path: Path) -> None:
    heard: list[Record] = []
    await run(tmp_path / "out.jsonl", questions=QUESTIONS[4:])
    await run(tmp_path / "out.jsonl", progress=heard.append)
    assert [record.id for record in heard[:2]] == ["q4", "q5"]
    assert sorted(record.id for record in heard) == [q.id for q in QUESTIONS]
    assert all(isinstance(record, Labelled) for record in heard)


@pytest.mark.parametrize(
    ("plan", "able", "error"),
    [
        (replace(PLAN, sampling=Sampling(9, 0.0)), {}, Unsupported),
        (replace(PLAN, pattern="("), {}, BadPattern),
        (PLAN, {"continues": False}, Unsupported),
    ],
)
async def test_what_cannot_be_labelled_at_all_is_refused_before_anything_is_written(
    tmp_path: Path, plan: Plan, able: dict[str, bool], error: type[Exception]
) -> None:
    capabilities = Capabilities("m", **({"continues": True} | able))  # type: ignore[arg-type]
    engine, out = FakeEngine(lambda r, i: "", capabilities=capabilities), tmp_path / "out"
    with pytest.raises(error):
        await run(out, engine, plan=plan)
    assert not journal_of(out).exists()


async def test_examples_that_cannot_be_written_are_an_error_that_names_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputRefused, match="out: is not a file"):
        await run(tmp_path / "out", questions=QUESTIONS[:1])


async def test_labels_that_are_of_no_run_are_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    await run(out)
    journal_of(out).unlink()
    before = out.read_bytes()
    with pytest.raises(OutputRefused, match=r"there is no out\.jsonl\.journal"):
        await run(out, engine := scripted(RIGHT))
    assert (out.read_bytes(), engine.seen, journal_of(out).exists()) == (before, [], False)


async def test_the_first_line_of_a_journal_says_how_questions_were_labelled(
    tmp_path: Path,
) -> None:
    await run(tmp_path / "out.jsonl", questions=())
    heading = json.loads(journal_of(tmp_path / "out.jsonl").read_text())
    assert heading["setup"]["samples"] == 2
    assert heading["setup"]["model"] == "fake"
