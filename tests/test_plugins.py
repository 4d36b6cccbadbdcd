"""Packages that are installed beside ours add scorers and strategies."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scorers.kind import ScorerKind
from scorers.plugins import PluginError, installed
from search.registry import KINDS
from tests.plugin_world import install, install_examples, run

FATHOM = ("-c", "from app.cli import main; main()")
HEAD = "from typing import Literal\nfrom scorers.kind import ScorerKind\n"
GOOD = """
class Mine(ScorerKind):
    kind: Literal["mine"] = "mine"
    def open(self, name, around): ...
"""
BROKEN = {
    "a module that is not there": ("absent:Mine", "", "ModuleNotFoundError: No module named"),
    "a class that is not there": ("plugged:Other", GOOD, "AttributeError: module 'plugged' has no"),
    "a slip of the pen": ("plugged:Mine", "class Mine(", "SyntaxError: "),
    "an error": ("plugged:Mine", "1 / 0", "ZeroDivisionError: division by zero"),
    "something else": ("plugged:Mine", "Mine = 3", "it is no subclass of scorers.kind.ScorerKind"),
    "no kind": ("plugged:Mine", "class Mine(ScorerKind): ...", "its `kind` is not declared as"),
    "another kind": ("plugged:Mine", GOOD.replace("mine", "yours"), "its `kind` is not declared"),
    "no way to open it": (
        "plugged:Mine",
        GOOD.replace("def open", "def close"),
        "it does not define open",
    ),
}


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("site")
    install_examples(folder)
    done = run(folder, "-m", "tests.plugin_trial")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_a_documented_strategy_is_listed_with_its_bounds_behind_ours(trial) -> None:
    *ours, card = trial["listed"]["data"]
    assert [c["kind"] for c in ours] == list(KINDS)
    assert (card["kind"], card["parameters"]["rounds"]["maximum"]) == ("persistent", 16)
    assert card["paper"]


def test_it_can_be_asked_for_by_its_parameters_or_in_the_model(trial) -> None:
    search = trial["answer"]["search"]
    assert search["strategy"] == {"kind": "persistent", "n": 4, "rounds": 4, "enough": 0.5}
    assert trial["answer"]["choices"][0]["message"]["content"] == "42"
    assert trial["named"]["search"]["strategy"]["kind"] == "persistent"


def test_its_parameters_are_validated_and_in_the_schema(trial) -> None:
    assert trial["refused"]["error"]["param"] == "search.strategy.rounds"
    assert "Persistent" in trial["schemas"]


def test_a_documented_scorer_judges_searches_and_solutions(trial) -> None:
    search = trial["answer"]["search"]
    assert (search["scorer"], search["score"]) == ("short", 0.5)
    assert [d["score"] for d in trial["score"]["data"]] == [0.5, 0.25]


@pytest.mark.parametrize("module", ["scorer", "strategy"])
def test_its_authors_can_import_it_alone_and_first(tmp_path: Path, module: str) -> None:
    install_examples(tmp_path)
    done = run(tmp_path, "-c", f"import fathom_brevity.{module}, app.main")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_line_knows_it(tmp_path: Path) -> None:
    install_examples(tmp_path)
    done = run(tmp_path, *FATHOM, "strategies")
    assert "persistent  Draw `n` solutions, and as many again until one scores" in done.stdout


@pytest.mark.parametrize("command", [("strategies",), ("serve", "--dry-run"), ("ask", "x")])
def test_a_broken_plug_in_is_one_sentence_where_a_process_starts(tmp_path, command) -> None:
    install(tmp_path, "fathom.scorers", {"mine": "absent:Mine"})
    done = run(tmp_path, *FATHOM, *command)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: the plug-in `mine = absent:Mine` of fathom.scorers, in ")


@pytest.mark.parametrize(("value", "text", "why"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_with_a_plug_in_is_said(tmp_path, monkeypatch, value, text, why) -> None:
    install(tmp_path, "some.group", {"mine": value}, plugged=HEAD + text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "plugged", raising=False)
    with pytest.raises(PluginError) as caught:
        installed("some.group", ScorerKind, ())
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("group", "kind", "value"),
    [
        ("scorers", "vote", "scorer:BrevityConfig"),
        ("strategies", "best_of_n", "strategy:Persistent"),
    ],
)
def test_a_kind_of_ours_cannot_be_taken(tmp_path: Path, group, kind, value) -> None:
    install_examples(tmp_path)
    declared = tmp_path / f"fathom_{group}-1.0.dist-info" / "entry_points.txt"
    declared.write_text(f"[fathom.{group}]\n{kind} = fathom_brevity.{value}\n")
    done = run(tmp_path, *FATHOM, "strategies")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"there is another `{kind}`" in done.stderr


def test_a_strategy_must_be_usable_by_its_kind_alone(tmp_path: Path) -> None:
    install_examples(tmp_path)
    file = tmp_path / "fathom_brevity" / "strategy.py"
    file.write_text(file.read_text().replace("Field(default=4, ge=1, le=64", "Field(ge=1, le=64"))
    assert "but `n` has no default" in run(tmp_path, *FATHOM, "strategies").stderr
    file.write_text(file.read_text().replace("    paper:", "    source:"))
    assert "it does not say its `paper`" in run(tmp_path, *FATHOM, "strategies").stderr
