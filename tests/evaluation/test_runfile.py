from pathlib import Path

import pytest

from engines.fake import FakeEngine
from evaluation.records import Answered, Failed
from evaluation.runfile import RunFileError, read
from tests.evaluation.test_run import fails_on
from tests.evaluation.world import QUESTIONS, run


async def test_a_runs_file_is_read_with_its_setup_and_its_records(tmp_path: Path) -> None:
    report = await run(out=tmp_path / "run.jsonl")
    found = read(tmp_path / "run.jsonl")
    assert found.setup == report.setup
    assert list(found.records) == [question.id for question in QUESTIONS]
    assert sum(r.right for r in found.records.values() if isinstance(r, Answered)) == report.right


async def test_of_a_question_asked_again_the_last_record_counts(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    await run(FakeEngine(fails_on(2)), out=out)
    assert isinstance(read(out).records["q2"], Failed)
    await run(out=out)
    assert isinstance(read(out).records["q2"], Answered)


async def test_half_a_line_at_the_end_is_not_counted_and_stays(tmp_path: Path) -> None:
    await run(out=tmp_path / "run.jsonl")
    content = (tmp_path / "run.jsonl").read_bytes()[:-9]
    (tmp_path / "run.jsonl").write_bytes(content)
    assert len(read(tmp_path / "run.jsonl").records) == 11
    assert (tmp_path / "run.jsonl").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "line 1 is not one of a run's file"),
        ('{"question": "1+1?"}\n', "line 1 is not one"),
        ('{"fingerprint": "a", "setup": {"by": "rollouts"}}\n', "line 1 is not one"),
    ],
)
def test_a_file_that_is_no_runs_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(RunFileError, match=complaint):
        read(tmp_path / "a.jsonl")


async def test_a_strange_line_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    await run(out=tmp_path / "run.jsonl")
    with (tmp_path / "run.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(RunFileError, match="line 14 is not one of a run's file"):
        read(tmp_path / "run.jsonl")
    with pytest.raises(RunFileError, match="cannot be read: No such file"):
        read(tmp_path / "none.jsonl")
