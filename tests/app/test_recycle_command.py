"""`fathom recycle` on a service without a model."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import log
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from app.cli import create_cli
from app.service import Service
from app.settings import Settings
from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from tests.app.cli_world import fathom, opener
from tests.search.world import LastWord
from training.pairs import read_pairs
from training.recycle.parsing import Reading
from training.recycle.selection import Dropped

INSTRUCTION = "Name a river that flows through France"
ANSWER = "Loire\n\nis a river that flows through France [End]"
ROWS = [{"instruction": INSTRUCTION, "output": "a dog"},
        {"messages": [{"role": "user", "content": INSTRUCTION},
                      {"role": "assistant", "content": "some wine"}]}]  # fmt: skip
OUT = Path("out")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pairs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    Path("f.yaml").write_text("engines: {big: {kind: vllm, url: 'http://127.0.0.1:1'}}\n")


def better(request: Request, i: int) -> str:
    """Write no new instruction, but a better response; other answers get longer by their place."""
    if "reflect" not in request.id:
        return f"{'well ' * i}a dog" if i < 3 else ANSWER.removesuffix(" [End]")
    return f"Poor. [Better Answer] {ANSWER}" if "response" in request.id else "It will do."


def repeated(ids: Sequence[int]) -> float:
    """Words that the text has already are likely, all others as unlikely as each other."""
    return log(0.9) if ids[-1] in ids[:-1] else log(0.01)


def opens(engine: FakeEngine, **further: FakeEngine):
    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        engines = {name: further[name] for name in settings.engines}
        yield Service(settings, engine, LastWord(), {}, engines=dict(engines))

    return open_service


def recycle(*words: str, engine: FakeEngine | None = None, **further: FakeEngine) -> Result:
    own = engine or FakeEngine(better, reading=repeated)
    return fathom("recycle", *words, "--out", str(OUT), opens=opens(own, **further))


def told(*words: str, **engines: FakeEngine) -> dict[str, Any]:
    result = recycle("pairs.jsonl", "--teacher", "fathom", "--json", *words, **engines)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_what_is_kept_is_in_the_form_of_the_file() -> None:
    said = recycle("pairs.jsonl", "--teacher", "fathom").stdout.splitlines()
    kept = list(read_pairs(OUT / "recycled.jsonl"))
    assert [(pair.form, pair.instruction) for pair in kept] == [
        ("alpaca", INSTRUCTION), ("chat", INSTRUCTION),
    ]  # fmt: skip
    assert said[0].startswith("2 of 2 pairs were kept.")
    assert "kept      2 with its own instruction" in said
    assert "replies   on the instruction: 2 no mark" in said


def test_json_is_one_object_with_counts_scores_and_costs() -> None:
    report = told("--top", "50", "--top", "2", "--temperature", "0.5", "--seed", "3")
    assert (report["samples"], report["kept"], report["failed"]) == (2, 2, {})
    assert report["reflections"]["response"] == {"read": 2}
    assert report["measures"]["r_ifd"]["by"]["value"] < 0
    assert [one["n"] for one in report["subsets"]] == [1, 1]
    assert (report["setup"]["temperature"], report["setup"]["seed"]) == (0.5, 3)
    assert report["teacher"]["calls"] == 4


def test_what_it_costs_at_most_is_said_first_and_can_be_all() -> None:
    engine = FakeEngine(better, reading=repeated)
    words = ("pairs.jsonl", "--teacher", "fathom", "--max-tokens", "50")
    said = recycle(*words, "--estimate", engine=engine)
    assert said.stdout.startswith("teacher   at most 4 replies, 200 tokens drawn, ")
    assert (engine.seen, engine.read, OUT.exists()) == ([], [], False)
    assert said.stdout.splitlines()[0] in recycle(*words).stderr
    assert json.loads(recycle(*words, "--estimate", "--json").stdout)["n"] == 2


def test_a_run_that_goes_on_asks_nothing_again_and_says_the_same() -> None:
    first = told()
    again = told(engine=(engine := FakeEngine(better, reading=repeated)))
    assert (again, engine.seen) == (first, [])


def test_the_teacher_may_be_another_engine_than_the_students() -> None:
    big, own = FakeEngine(better), FakeEngine(lambda r, i: "", reading=repeated)
    report = told("--teacher", "big", "--config", "f.yaml", engine=own, big=big)
    assert (report["kept"], own.seen, len(big.seen)) == (2, [], 4)


def test_a_teacher_that_is_down_leaves_all_pairs_as_they_are() -> None:
    def down(request: Request, i: int) -> str:
        raise EngineUnavailable("no teacher here")

    said = recycle("pairs.jsonl", "--teacher", "fathom", engine=FakeEngine(down, reading=repeated))
    assert said.exit_code == 0
    assert "2 are not done, and the same command goes on with them" in said.stdout
    assert "failed    2, to be tried again: EngineUnavailable: no teacher here" in said.stdout
    assert told()["kept"] == 2


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("pairs.jsonl",), "--teacher is needed"),
        (("--teacher", "fathom"), "give a file of pairs, or --from-traces"),
        (("pairs.jsonl", "--teacher", "nobody"), "--teacher: there is no 'nobody'"),
        (("pairs.jsonl", "--teacher", "fathom", "--student", "me"), "--student: there is no 'me'"),
        (("--from-traces", "pairs.jsonl", "--teacher", "fathom"), "--teacher has no part with"),
        (("empty.jsonl", "--teacher", "fathom"), "there is nothing to recycle"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(words: tuple[str, ...], what: str) -> None:
    Path("empty.jsonl").write_text("\n")
    result = recycle(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert what in " ".join(result.stderr.replace("│", " ").split())


def test_a_file_that_holds_no_pairs_is_an_error_that_names_the_line() -> None:
    Path("pairs.jsonl").write_text('{"instruction": "a", "output": "b"}\n{"question": "c"}\n')
    result = recycle("pairs.jsonl", "--teacher", "fathom")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: pairs.jsonl, line 2: has none of")


def test_a_student_that_cannot_score_is_refused_before_anything_is_written() -> None:
    blind = FakeEngine(better)
    blind.capabilities = type(blind.capabilities)("blind", token_ids=True)
    result = recycle("pairs.jsonl", "--teacher", "fathom", engine=blind)
    assert result.exit_code == 1
    assert "tells no log-probabilities" in result.stderr
    assert not OUT.exists()


def test_another_setup_in_the_same_folder_is_refused() -> None:
    told()
    result = recycle("pairs.jsonl", "--teacher", "fathom", "--max-tokens", "9")
    assert result.exit_code == 1
    assert "holds another run: its max_tokens is 2048, not 9" in result.stderr


def searched(request: Request, i: int) -> str:
    """Answer badly, but for the last of four samples, which the scorer likes for its "b"."""
    return f"b b b {INSTRUCTION.lower()}" if i == 3 else "a dog"


def trace(name: str, question: str) -> None:
    words = ("--strategy", "best_of_n", "--n", "4", "--trace", name)
    fathom("ask", question, *words, opens=opener(searched))


def test_answers_of_searches_are_recycled_without_a_teacher() -> None:
    trace("one.json", INSTRUCTION)
    engine = FakeEngine(better, reading=repeated)
    report = json.loads(recycle("--from-traces", "one.json", "--json", engine=engine).stdout)
    [pair] = read_pairs(OUT / "recycled.jsonl")
    assert pair.response == f"b b b {INSTRUCTION.lower()}"
    assert (report["samples"], report["setup"]["teacher"], engine.seen) == (1, None, [])
    [row] = map(json.loads, (OUT / "provenance.jsonl").read_text().splitlines())
    assert row["versions"]["original"]["response"] == "a dog"


def test_data_give_searches_the_responses_they_are_held_against() -> None:
    trace("one.json", INSTRUCTION)
    trace("two.json", "Another question")
    said = recycle("pairs.jsonl", "--from-traces", "one.json", "--from-traces", "two.json").stdout
    assert "left out  1: has no original response" in said


def test_searches_that_all_give_nothing_are_refused() -> None:
    trace("one.json", INSTRUCTION)
    Path("pairs.jsonl").write_text('{"instruction": "Hi", "output": "Yes?"}\n')
    result = recycle("pairs.jsonl", "--from-traces", "one.json")
    assert result.exit_code == 2
    assert "has no original response" in " ".join(result.stderr.replace("│", " ").split())


def test_pictures_are_drawn_where_they_are_asked_for() -> None:
    pytest.importorskip("matplotlib")
    told("--plots")
    names = {path.name for path in OUT.glob("*.png")}
    assert names == {f"{m}.png" for m in ("ifd", "r_ifd", "instruction_tokens", "response_tokens")}


def test_ctrl_c_keeps_what_was_done_and_is_code_130() -> None:
    words = ("pairs.jsonl", "--teacher", "fathom", "--out", str(OUT), "--concurrency", "1")
    command = [sys.executable, "-m", "tests.app.hanging", "recycle", *words]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment) as process:
        assert process.stdout
        assert process.stdout.readline() == b"hangs\n"
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"closed\n")
    assert complained.splitlines()[-1] == b"interrupted; the same command goes on in out"
    assert len((OUT / "journal.jsonl").read_text().splitlines()) == 5


def test_every_flag_is_in_its_page_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "recycle.md").read_text()
    shown = CliRunner().invoke(create_cli(), ["recycle", "--help"], env={"COLUMNS": "200"}).stdout
    table = re.findall(r"^\| (`--.*?) \|", page, re.MULTILINE)
    documented = [flag for cell in table for flag in re.findall(r"--[a-z-]+", cell)]
    assert set(documented) == set(re.findall(r" (--[a-z-]+)", shown)) - {"--help"}


def test_every_reason_is_in_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "recycle.md").read_text()
    reasons = (*get_args(Dropped), *get_args(Reading), "same", "too_long", "given")
    assert [reason for reason in reasons if f"| `{reason}` |" not in page] == []
