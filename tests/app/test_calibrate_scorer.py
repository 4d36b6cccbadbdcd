"""`fathom calibrate-scorer`, from labels to a scorer of the configuration."""

import asyncio
import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.settings import Settings
from engines.fake import FakeEngine
from scorers.base import Verdict
from scorers.breaker import BreakerConfig
from scorers.calibration import Calibration
from scorers.opening import open_scorers
from tests.app.cli_world import fathom, opener
from tests.app.labelled import labelled
from tests.evaluation.test_rating import Counting
from tests.scorers.candidates import candidate
from tests.search.world import Broken, LastWord
from training.examples import Example, read_examples, write_examples

WORDS = ("--scorer", "confidence", "--out", "c.json")


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return str(labelled(tmp_path))


def test_it_says_what_was_gained_and_writes_the_curve(file: str) -> None:
    done = fathom("calibrate-scorer", file, *WORDS)
    assert (done.exit_code, done.stderr) == (0, "")
    first, head, *rows = done.stdout.splitlines()
    assert first.startswith("confidence: 120 solutions of 40 questions, ")
    assert head.strip().startswith("before ")
    assert head.endswith("after, by curves fitted to other questions")
    assert rows[0].startswith("calibration error     0.")
    assert rows[-1] == "file       c.json"
    assert Calibration.read(Path("c.json")).curve.kind == "platt"


def test_the_file_says_what_it_was_fitted_on_and_how_good_it_is(file: str) -> None:
    told = json.loads(fathom("calibrate-scorer", file, *WORDS, "--seed", "3", "--json").stdout)
    written = json.loads(Path("c.json").read_text())
    assert told == {"file": "c.json", "plot": None, **written}
    fitted_on = written["fitted_on"]
    assert fitted_on["sha256"] == hashlib.sha256(Path(file).read_bytes()).hexdigest()
    assert (fitted_on["scorer"], fitted_on["n"], fitted_on["questions"]) == ("confidence", 120, 40)
    assert (fitted_on["left_out"], fitted_on["unlabelled"], fitted_on["seed"]) == ({}, 0, 3)
    before, after = (written["measures"][when] for when in ("before", "after"))
    assert after["calibration_error"]["value"] < before["calibration_error"]["value"]
    assert before["auc"]["low"] < before["auc"]["value"] < before["auc"]["high"]


@pytest.mark.parametrize("how", [(), ("--method", "isotonic"), ("--level", "step")])
def test_the_same_command_writes_the_same_file(file: str, how: tuple[str, ...]) -> None:
    fathom("calibrate-scorer", file, *WORDS, *how)
    first = Path("c.json").read_text()
    fathom("calibrate-scorer", file, *WORDS, *how)
    assert Path("c.json").read_text() == first


def test_steps_are_counted_with_the_rewards_of_a_solution(file: str) -> None:
    done = fathom("calibrate-scorer", file, *WORDS, "--level", "step")
    assert done.stdout.startswith("confidence: 240 steps of 120 solutions of 40 questions, ")
    curve = Calibration.read(Path("c.json")).curve
    assert curve.chance(1) == pytest.approx(0.7, abs=0.1)
    assert curve.chance(0) == pytest.approx(0.3, abs=0.1)


def test_a_diagram_is_drawn_where_one_is_named(file: str) -> None:
    done = fathom("calibrate-scorer", file, *WORDS, "--method", "isotonic", "--plot", "c.png")
    assert done.stdout.splitlines()[-1] == "plot       c.png"
    assert Path("c.png").read_bytes().startswith(b"\x89PNG")
    assert "curve      isotonic, 3 knots" in done.stdout


async def judged(config: object) -> float | None:
    """Have a solution judged by a scorer of this configuration, which asks a vote."""
    scorers = {"vote": {"kind": "vote"}, "sure": config}
    settings = Settings(scorers=scorers, scorer=("sure",))  # type: ignore[arg-type]
    engine = FakeEngine(lambda *_: "")
    async with open_scorers(settings.scorers, engine, LastWord(), BreakerConfig()) as opened:
        (opinion,) = (await opened["sure"].judge([candidate("Answer: 1")])).opinions
    return opinion.score if isinstance(opinion, Verdict) else None


def test_the_file_makes_chances_of_the_scores_of_another_scorer(file: str) -> None:
    fathom("calibrate-scorer", file, *WORDS)
    chance = asyncio.run(judged({"kind": "calibrated", "scorer": "vote", "file": "c.json"}))
    assert chance == Calibration.read(Path("c.json")).curve.chance(1)
    assert 0.5 < chance < 0.9


def test_a_broken_file_is_refused_when_the_service_starts(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"curve": {"kind": "platt", "slope": -1, "intercept": 0}}')
    (tmp_path / "fathom.yaml").write_text(
        "scorers: {a: {kind: calibrated, scorer: v, file: c.json}, v: {kind: vote}}\nscorer: [a]"
    )
    done = fathom("serve", "--dry-run", "--config", "fathom.yaml")
    assert done.exit_code == 2
    assert "c.json is no calibration: curve.platt.slope: " in " ".join(done.stderr.split())


def test_what_is_not_labelled_is_said_and_not_counted(file: str, tmp_path: Path) -> None:
    examples = [*read_examples(Path(file)), Example(question="New?", steps=("b",))]
    write_examples(tmp_path / "more.jsonl", examples)
    done = fathom("calibrate-scorer", "more.jsonl", *WORDS)
    assert "confidence: 120 solutions of 40 questions" in done.stdout
    assert "unlabelled 1 solutions" in done.stdout


@pytest.mark.parametrize(("words", "text"), [((), "a\n\na"), (("--step-end", r";\n"), "a;\na")])
def test_steps_end_as_the_flag_says(
    file: str, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], text: str
) -> None:
    scorer = Counting()
    monkeypatch.setattr("tests.app.cli_world.SharesOfB", lambda: scorer)
    fathom("calibrate-scorer", file, *WORDS, *words)
    assert scorer.shown[0][0] == text


REFUSED = {
    "a method there is not": (("--method", "beta"), "--method"),
    "one fold": (("--folds", "1"), "--folds"),
    "more folds than questions": (("--folds", "41"), "40 questions cannot be put into 41 folds"),
    "steps without an end": (("--step-end", ""), "for '--step-end': it is empty"),
    "a folder that is not there": (("--out", "no/c.json"), "there is no folder no for c.json"),
    "a plot without a folder": (("--plot", "no/c.png"), "there is no folder no for c.png"),
    "settings that are not there": (("--config", "no.yaml"), "no.yaml"),
}


@pytest.mark.parametrize(("words", "complaint"), REFUSED.values(), ids=REFUSED)
def test_a_flag_that_makes_no_sense_is_code_2(file: str, words, complaint: str) -> None:
    done = fathom("calibrate-scorer", file, *WORDS, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in " ".join(done.stderr.split())
    assert not Path("c.json").exists()


@pytest.mark.parametrize(
    ("questions", "outcome", "complaint"),
    [(6, None, "18 labels are too few"), (10, True, "all 30 labels are right")],
)
def test_labels_that_are_too_few_or_of_one_kind_are_code_2_before_anybody_judges(
    tmp_path: Path, questions: int, outcome: bool | None, complaint: str
) -> None:
    examples = list(read_examples(labelled(tmp_path, questions)))
    if outcome is not None:
        examples = [e.model_copy(update={"outcome": outcome}) for e in examples]
    write_examples(tmp_path / "some.jsonl", examples)
    opened: list[Settings] = []
    done = fathom("calibrate-scorer", "some.jsonl", *WORDS, opens=opener(opened=opened))
    assert (done.exit_code, opened) == (2, [])
    assert complaint in done.stderr


def test_a_file_of_something_else_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_text('{"question": "Q", "steps": []}\n')
    done = fathom("calibrate-scorer", "odd.jsonl", *WORDS)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: odd.jsonl, line 1: steps: ")


def test_a_scorer_that_is_not_there_is_one_sentence(file: str) -> None:
    done = fathom("calibrate-scorer", file, "--scorer", "magic", "--out", "c.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: there is no scorer 'magic'; there are ")


def test_a_scorer_that_fails_is_one_sentence_and_no_file(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.app.cli_world.SharesOfB", Broken)
    done = fathom("calibrate-scorer", file, *WORDS)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "connection refused" in done.stderr
    assert not Path("c.json").exists()


@pytest.mark.parametrize("missing", ["sklearn", "matplotlib"])
def test_without_the_extra_it_says_what_to_install(
    file: str, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(
        "app.commands.calibrate_scorer.find_spec",
        lambda name: None if name == missing else find_spec(name),
    )
    done = fathom("calibrate-scorer", file, *WORDS, "--plot", "c.png")
    assert done.exit_code == 2
    assert f"{missing} is missing: pip install 'fathom-serve[evaluate]'" in done.stderr
