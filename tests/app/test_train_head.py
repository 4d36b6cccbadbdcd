"""`fathom train-head`, from labels to a scorer of the configuration."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.service import Service
from app.settings import Settings
from engines.fake import FakeEngine
from scorers.base import Verdict
from scorers.build import open_scorer
from scorers.head import read_head
from scorers.hidden_states import HiddenStatesConfig
from tests.app.cli_world import fathom
from tests.app.labelled import labelled
from tests.scorers.candidates import LastWord, candidate
from tests.scorers.heads import ABLE, unasked
from training.examples import Example, read_examples, write_examples

B = FakeEngine(unasked)._ids("b")[0]
WORDS = ("--data", "labelled.jsonl", "--out", "a.head.json")


def shares(ids: Sequence[int]) -> list[float]:
    """Whether the last token is "b", and how many there are."""
    return [float(ids[-1] == B), len(ids) / 10]


def engine(**able) -> FakeEngine:
    return FakeEngine(unasked, state=shares, capabilities=replace(ABLE, **able))


def opens(engine: FakeEngine):
    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        yield Service(settings, engine, LastWord(), {})

    return open_service


def train(*words: str, on: FakeEngine | None = None):
    return fathom("train-head", *WORDS, *words, opens=opens(on or engine()))


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return labelled(tmp_path)


def test_it_says_what_the_head_is_worth_beside_what_is_free() -> None:
    done = train()
    assert (done.exit_code, done.stderr) == (0, "")
    first, judges, chooses, *_, file = done.stdout.splitlines()
    assert first.startswith("by heads that do not know the question: 120 solutions of 40 questions")
    assert judges.split() == ["head", "vote"]
    assert chooses.startswith("AUC within questions  0.")
    assert file == "file       a.head.json"


async def judged(*texts: str) -> list[float | None]:
    """What the head says that was written, opened as the service opens it."""
    told = HiddenStatesConfig(head=Path("a.head.json"))
    async with open_scorer("head", told, engine(), LastWord()) as scorer:
        found = (await scorer.judge([candidate(text) for text in texts])).opinions
    return [o.score if isinstance(o, Verdict) else None for o in found]


def test_the_head_is_a_scorer_that_knows_its_example() -> None:
    train()
    right, wrong = asyncio.run(judged("a b", "b a"))
    assert right > wrong
    assert read_head(Path("a.head.json")).known.rewards


@pytest.mark.parametrize("how", [(), ("--kind", "mlp"), ("--kind", "pairs"), ("--level", "step")])
def test_the_same_command_writes_the_same_file(how: tuple[str, ...]) -> None:
    assert train(*how).exit_code == 0
    first = Path("a.head.json").read_text()
    train(*how)
    assert Path("a.head.json").read_text() == first


def test_questions_that_are_held_out_are_measured_by_the_head_itself(tmp_path: Path) -> None:
    others = [e.model_copy(update={"question": f"Other {e.question}", "confidence": 0.5})
              for e in read_examples(Path("labelled.jsonl"))]  # fmt: skip
    write_examples(tmp_path / "held.jsonl", others)
    told = json.loads(train("--held-out", "held.jsonl", "--json").stdout)
    assert told["held_out"]["questions"] == 40
    assert list(told["held_out"]["judges"]) == ["head", "confidence", "vote"]
    written = read_head(Path("a.head.json")).provenance
    chooses = told["held_out"]["judges"]["head"]["within_question_auc"]["value"]
    assert written.auc == pytest.approx(chooses, abs=1e-4)
    assert "held-out questions" in (written.worth or "")


def test_held_out_questions_that_it_is_trained_on_are_refused() -> None:
    done = train("--held-out", "labelled.jsonl")
    assert done.exit_code == 2
    assert "120 held-out solutions are of questions that it is trained on" in done.stderr


def test_what_abstains_is_left_out_and_said_in_the_file() -> None:
    words = ("--fewest-tokens", "2", "--domain", "Question .*")
    assert train(*words).exit_code == 0
    head = read_head(Path("a.head.json"))
    assert (head.fewest_tokens, head.domain) == (2, "Question .*")
    assert head.known.question.startswith("Question ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--layout", "poem"), "--layout is turn or one of qwen, "),
        (("--step-end", ""), "--step-end is empty"),
        (("--out", "none/a.json"), "there is no folder none for a.json"),
        (("--folds", "99"), "too few to fit a head"),
        (("--domain", "("), "the pattern"),
    ],
)
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], why: str) -> None:
    done = train(*words)
    assert done.exit_code in (1, 2)
    assert why in done.stderr
    assert not Path("a.head.json").exists()


def test_labels_that_states_do_not_tell_apart_make_no_head() -> None:
    alike = [Example(question=f"Q{i}?", steps=("a",), outcome=True) for i in range(30)]
    write_examples(Path("labelled.jsonl"), alike)
    done = train()
    assert (done.exit_code, "all 30 labels are alike" in done.stderr) == (2, True)


def test_an_engine_without_states_cannot_be_trained_on() -> None:
    done = train(on=engine(states=0))
    assert (done.exit_code, "shows no hidden states" in done.stderr) == (1, True)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr("app.commands.extras.find_spec", lambda _: None)
    done = train()
    assert (done.exit_code, "install fathom-serve[evaluate]" in done.stderr) == (2, True)
