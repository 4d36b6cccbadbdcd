import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.service import Service
from app.settings import Settings
from engines.base import Request
from engines.fake import FakeEngine
from scorers.base import Scorer
from scorers.maths import Maths
from tests.app.cli_world import b_if_even, fathom, opener
from tests.recordings import GOLDEN, Recording
from tests.search.world import LastWord
from training.examples import read_examples

BEAMS = '{"kind": "beam_search", "n": 4, "width": 2}'


def step_by_step(request: Request, i: int) -> str:
    """Say the two steps of a solution of `b_if_even`, whichever it has come to."""
    if not request.text:
        return b_if_even(request, i)
    return f"Answer: {4 if request.text.startswith('b') else 3}"


def asked(folder: Path, question: str = "2 + 2?", strategy: str = BEAMS) -> Path:
    """Run a search on the fake engine, and return where its trace is."""
    path = folder / f"{len(list(folder.iterdir()))}.json"
    fathom("ask", question, "--strategy", strategy, "--trace", str(path),
           opens=opener(step_by_step))  # fmt: skip
    return path


def export(kind: str, trace: Path, *flags: str) -> tuple[list[dict], dict]:
    """Export, and return the rows and the summary."""
    out = (trace if trace.is_dir() else trace.parent) / "rows.jsonl"
    result = fathom("export", kind, str(trace), "--out", str(out), "--json", *flags)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in out.read_text().splitlines()], json.loads(result.stdout)


def truths(folder: Path, answer: str) -> str:
    (folder / "truths.txt").write_text(json.dumps({"question": "2 + 2?", "answer": answer}))
    return str(folder / "truths.txt")


def golden(folder: Path, name: str) -> Path:
    """Write a search recorded on a real server as the API answered it."""
    recorded = Recording.read(GOLDEN / f"{name}.jsonl")
    lines = (GOLDEN / f"{name}.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines[1:]]
    search = recorded.response["search"] | {"trace": events}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(recorded.response | {"search": search}))
    return path


@pytest.mark.parametrize(("answer", "outcome"), [("4", True), ("5", False)])
def test_step_rewards_of_a_search_are_examples(tmp_path: Path, answer: str, outcome: bool) -> None:
    _, told = export("prm", asked(tmp_path), "--truths", truths(tmp_path, answer))
    [example] = read_examples(tmp_path / "rows.jsonl")
    assert (example.steps, example.values) == (("b b", "Answer: 4"), (1.0, 0.0))
    assert (example.answer, example.truth, example.outcome) == ("4", answer, outcome)
    assert told["rows"] == 1


def test_the_best_and_the_worst_of_a_search_are_a_pair(tmp_path: Path) -> None:
    [row], told = export("dpo", asked(tmp_path, strategy='{"kind": "best_of_n", "n": 4}'))
    assert row["prompt"] == [{"role": "user", "content": "2 + 2?"}]
    assert row["chosen"] == [{"role": "assistant", "content": "b b\n\nAnswer: 4"}]
    assert row["rejected"] == [{"role": "assistant", "content": "a a\n\nAnswer: 3"}]
    assert (row["score_chosen"], row["score_rejected"]) == (1.0, 0.0)
    assert (told["searches"], told["rows"], told["left_out"]) == (1, 1, {})


def test_the_answers_of_a_folder_are_conversations(tmp_path: Path) -> None:
    for question in ("2 + 2?", "Two and two?", "2 + 2?"):
        asked(tmp_path, question)
    rows, told = export("sft", asked(tmp_path, "More?", "majority").parent)
    assert [row["messages"][0]["content"] for row in rows] == ["2 + 2?", "Two and two?", "More?"]
    assert all(row["messages"][1]["role"] == "assistant" for row in rows)
    assert (told["searches"], told["left_out"]) == (4, {"repeated": 1})


@asynccontextmanager
async def with_maths(settings: Settings) -> AsyncIterator[Service]:
    """Open a service whose scorer compares answers with the right one."""
    maths: dict[str, Scorer] = {"maths": Maths("maths", LastWord(), None, None)}
    yield Service(settings, FakeEngine(b_if_even), LastWord(), maths)


@pytest.mark.parametrize(("answer", "left_out"), [("4", {}), ("5", {"is not the right answer": 1})])
def test_the_right_answer_a_search_was_told_is_known(
    tmp_path: Path, answer: str, left_out: dict[str, int]
) -> None:
    path, told = tmp_path / "out.json", {"reference": answer, "scorer": "maths"}
    flags = ("--search", json.dumps(told), "--trace", str(path))
    fathom("ask", "2 + 2?", *flags, opens=with_maths)
    assert export("sft", path)[1]["left_out"] == left_out


@pytest.mark.parametrize("kind", ["prm", "dpo", "sft"])
def test_searches_of_real_servers_are_exported(tmp_path: Path, kind: str) -> None:
    names = [path.stem for path in GOLDEN.glob("*.jsonl")]
    traces = [golden(tmp_path, name) for name in names]
    rows, told = export(kind, traces[0].parent)
    assert (told["searches"], told["rows"]) == (len(names), len(rows))
    assert len(rows) > 3
    assert told["left_out"]["did not come to its end"] > 0


def test_rewards_of_a_real_reward_model_are_those_of_its_steps(tmp_path: Path) -> None:
    rows, told = export("prm", golden(tmp_path, "beam_search"))
    by_steps = {tuple(row["steps"]): row["values"] for row in rows}
    ended = next(steps for steps in by_steps if steps[-1] == "Answer: 4")
    assert by_steps[ended] == [0.3629383444786072, 0.37435463070869446]
    assert told["left_out"]["did not come to its end"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sft", "--margin", "0.2"), "--margin is of `export dpo` alone"),
        (("prm", "--against", "others"), "--against is of `export dpo` alone"),
        (("dpo", "--min-score", "0.2"), "--min-score is of `export sft` alone"),
        (("orm",), "'orm' is not one of 'prm', 'dpo', 'sft'"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(tmp_path: Path, words, message: str) -> None:
    kind, *flags = words
    out = str(tmp_path / "rows.jsonl")
    result = fathom("export", kind, str(asked(tmp_path)), "--out", out, *flags)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_trace_is_not_written_over(tmp_path: Path) -> None:
    trace = str(asked(tmp_path))
    result = fathom("export", "sft", trace, "--out", trace)
    assert (result.exit_code, "--out is one of the traces" in result.stderr) == (2, True)


def test_a_file_that_is_no_trace_is_an_error_that_names_it(tmp_path: Path) -> None:
    asked(tmp_path)
    (tmp_path / "other.json").write_text('{"strategy": "none"}')
    result = fathom("export", "sft", str(tmp_path), "--out", str(tmp_path / "rows.jsonl"))
    assert result.exit_code == 1
    assert "other.json is not a trace" in result.stderr


def test_two_answers_to_one_question_are_an_error(tmp_path: Path) -> None:
    entries = [{"question": "2 + 2?", "answer": answer} for answer in ("4", "5")]
    (tmp_path / "truths.txt").write_text(json.dumps(entries))
    flags = ("--out", str(tmp_path / "rows"), "--truths", str(tmp_path / "truths.txt"))
    result = fathom("export", "prm", str(asked(tmp_path)), *flags)
    assert (result.exit_code, "has two answers to '2 + 2?'" in result.stderr) == (1, True)


def test_people_are_told_what_was_left_out_and_why(tmp_path: Path) -> None:
    trace, out = str(asked(tmp_path, strategy="majority")), str(tmp_path / "rows.jsonl")
    result = fathom("export", "dpo", trace, "--out", out)
    assert result.stdout.splitlines() == [
        "0 rows of 1 searches",
        "left out  1: no scorer was asked in the search",
        f"rows      {out}",
    ]
