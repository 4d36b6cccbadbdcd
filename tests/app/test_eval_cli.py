import json
import os
import shlex
from pathlib import Path

import pytest

from app.settings import Settings
from engines.probe import VllmConfig
from tests.app.cli_world import dataset, fathom, opener


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


def test_a_file_of_other_fields_is_evaluated_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"q": "2 + 2?", "a": 4, "key": "first"}')
    named = ("--question-field", "q", "--answer-field", "a", "--id-field", "key")
    words = ("eval", str(path), "--strategy", "best_of_n", "--n", "2", *named, "--json")
    report = json.loads(fathom(*words).stdout)
    assert (report["n"], report["right"]) == (1, 1)
    assert shlex.join(named) in report["command"]
    assert '"id":"first"' in Path(report["file"]).read_text()


def test_a_runs_file_tells_accuracy_by_the_number_of_solutions(tmp_path: Path) -> None:
    words = ("--strategy", "best_of_n", "--n", "4", "--out", "run.jsonl")
    fathom("eval", str(dataset(tmp_path)), *words)
    told = json.loads(fathom("curve", "run.jsonl", "--trials", "20", "--json").stdout)
    assert [point["n"] for point in told["points"]] == [1, 2, 4]
    assert told["points"][-1]["best_of_n"] == {"mean": 0.5, "deviation": 0.0}
    assert "best of N" in fathom("curve", "run.jsonl", "--trials", "20").stdout
    assert fathom("curve", "absent.jsonl").exit_code == 1


def test_two_runs_files_are_compared(tmp_path: Path) -> None:
    for n in ("1", "4"):
        words = ("--strategy", "best_of_n", "--n", n, "--out", f"{n}.jsonl")
        fathom("eval", str(dataset(tmp_path)), *words)
    told = json.loads(fathom("compare", "1.jsonl", "4.jsonl", "--json").stdout)
    assert (told["n"], told["tokens"], told["differs"]) == (6, 4.0, ["strategy"])
    assert (
        "6 questions answered by both, 0 left out" in fathom("compare", "1.jsonl", "4.jsonl").stdout
    )
    assert fathom("compare", "1.jsonl", "absent").exit_code == 1


def test_an_endpoint_is_asked_by_text_with_its_model_and_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", "a secret")
    opened: list[Settings] = []
    named = ("--url", "http://other:1/v1", "--model", "m", "--key-env", "OTHER_KEY")
    words = ("eval", str(dataset(tmp_path)), "--strategy", "sample", *named)
    result = fathom(*words, opens=opener(opened=opened))
    engine = opened[0].engine
    assert isinstance(engine, VllmConfig)
    assert (engine.url, engine.model, engine.route) == ("http://other:1/v1", "m", "text")
    assert engine.api_key
    assert engine.api_key.get_secret_value() == "a secret"
    assert shlex.join(named) in result.stdout
    assert "a secret" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--model", "m"), "give --url too"),
        (("--url", "http://x", "--key-env", "ABSENT_KEY"), "ABSENT_KEY is not set"),
        (("--url", "http://x", "--engine-url", "http://y"), "both say what draws"),
        (("--url", "x"), "does not begin with http"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_code_2(words: tuple[str, ...], message: str) -> None:
    result = fathom("eval", "f", "--strategy", "sample", *words)
    assert result.exit_code == 2
    assert message in result.stderr
