"""`fathom calibrate --pauses`: how many pay is found, bin by bin, written down, and then served."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from app.policies import PolicyFile
from app.remembering import advised
from app.service import Service
from app.settings import Settings
from app.store import open_store
from engines.base import Request
from engines.fake import FakeEngine
from search.policy import read
from tests.app.cli_world import dataset, fathom, opener
from tests.search.world import LastWord, SharesOfB

PAUSE = 3
EASY, HARD = {0: 4, 2: 7, 10: 4}, {0: 1, 2: 1, 10: 6}
"""Of eight samples as many are right behind so many pauses."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("FATHOM_")]:
        monkeypatch.delenv(name)


def pausing(request: Request, i: int) -> str:
    """Like even questions, which two pauses help; the others take ten."""
    found = re.search(r"Question (\d+)", request.prompt.conversation.messages[-1].content)
    assert found
    odd, m = int(found[1]) % 2, request.ids.count(PAUSE)
    right = (request.seed >> (3 * (i % 10))) % 8 < (HARD if odd else EASY)[m]
    return f"{'ab'[not odd]}\n\nAnswer: {4 + odd if right else 'unknown'}"


def opens(
    seen: list[FakeEngine], policy: Path | None = None
) -> Callable[[Settings], AbstractAsyncContextManager[Service]]:
    @asynccontextmanager
    async def open_service(settings: Settings) -> AsyncIterator[Service]:
        seen.append(FakeEngine(pausing, pause=PAUSE))
        scorers = {name: SharesOfB() for name in settings.chain}
        file = None if policy is None else PolicyFile(policy, "fake", None)
        yield Service(settings, seen[-1], LastWord(), scorers, policy=file)

    return open_service


@dataclass(frozen=True, slots=True)
class Done:
    """A calibration, and the same command again: JSON first, then lines."""

    folder: Path
    told: dict[str, Any]
    first: str
    again: Result
    asked_again: int

    @property
    def policy(self) -> Path:
        """The file of the policy."""
        return self.folder / "policy.yaml"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder, seen = tmp_path_factory.mktemp("pauses"), list[FakeEngine]()
    words = ("--budgets", "1,4", "--bins", "2", "--probe", "2", "--samples", "8")
    kept = ("--run", folder / "kept", "--out", folder / "policy.yaml", "--report", folder / "found")
    given = ("--pauses", "0,2,10", "--strategies", "majority", "--data", dataset(folder, 48))
    command = ["calibrate", *words, *map(str, (*kept, *given))]
    first, again = (
        fathom(*command, "--json", opens=opens(seen)),
        fathom(*command, opens=opens(seen)),
    )
    assert (first.exit_code, again.exit_code) == (0, 0), first.stderr + again.stderr
    return Done(folder, json.loads(first.stdout), first.stderr, again, len(seen[1].seen))


def test_the_best_number_is_found_in_each_bin(done: Done) -> None:
    assert {one["bin"]: one["chosen"] for one in done.told["pauses"] if one["bin"]} == {1: 2, 2: 10}
    chosen = {(row["bin"], row["budget"]): row["pauses"] for row in done.told["table"]}
    assert chosen == {(1, 3): 2, (1, 12): 2, (2, 3): 10, (2, 12): 10}
    policy = read(done.policy)
    assert (policy.version, policy.pauses, policy.confidence) == (2, (0, 2, 10), ())
    assert "--pauses 0,2,10" in policy.fitted_on.command


def test_requests_that_want_none_find_what_is_best_without(done: Done) -> None:
    entries = [entry for row in read(done.policy).bins.values() for entry in row.entries]
    assert {entry.runners_up[0].pauses for entry in entries} == {0}


def test_pauses_cost_flops_and_no_tokens(done: Done) -> None:
    [easy, _, every] = done.told["pauses"]
    assert [one["pauses"] for one in easy["measured"]] == [0, 2, 10]
    assert {one["tokens"] for one in easy["measured"]} == {3}
    flops = [one["flops"] for one in easy["measured"]]
    assert flops == [flops[0], flops[0] + 2, flops[0] + 10]
    assert (every["bin"], every["questions"]) == (None, 48)
    first, second, _ = easy["measured"]
    assert (first["gain"], second["gain"]["low"] > 0) == (None, True)


def test_it_says_what_each_number_comes_to(done: Done) -> None:
    shown = done.again.stdout
    assert re.search(r"  1      2  8\d\.\d % \[.*\] +3\.0 +8  \+.* points \[.*\]  chosen", shown)
    assert "sample n=1 behind 10 pauses" in shown


def test_the_report_has_a_table_and_a_picture_of_them(done: Done) -> None:
    found = done.folder / "found"
    assert (found / "pauses.png").stat().st_size > 0
    page = (found / "report.html").read_text()
    assert "Chosen are 2 in bin 1, 10 in bin 2; of all questions together it is" in page
    assert (page.count("data:image/png"), "majority n=4 behind 10 pauses" in page) == (2, True)
    report = json.loads((found / "report.json").read_text())
    assert [one["chosen"] for one in report["pausing"]][:2] == [2, 10]


def test_the_same_command_draws_nothing_again(done: Done) -> None:
    assert "at most 140 searches of 1120 samples" in done.first
    assert ("at most 0 searches" in done.again.stderr, done.asked_again) == (True, 0)
    assert {path.name for path in (done.folder / "kept").iterdir()} == {
        "pool.jsonl", "pool-2-pauses.jsonl", "pool-10-pauses.jsonl"}  # fmt: skip


@pytest.mark.parametrize(("more", "m", "text"), [((), 10, "5"), (("--pause-tokens", "0"), 0, "")])
def test_what_is_chosen_is_served_and_on_the_bill(
    done: Done, more: tuple[str, ...], m: int, text: str
) -> None:
    seen: list[FakeEngine] = []
    words = ("ask", "Question 1?", "--strategy", "auto", "--tokens", "100", "--json", *more)
    asked = fathom(*words, opens=opens(seen, done.policy))
    told = json.loads(asked.stdout)
    requests = [len(request.sampling.pauses) for request in seen[0].seen]
    assert (requests[0], requests[-1]) == (0, m)
    assert text in told["text"]
    prompts = sum(len(request.ids) for request in seen[0].seen)
    assert told["usage"]["generator"]["flops"] == prompts + 3 * sum(r.n for r in seen[0].seen)


def test_a_model_without_the_token_is_refused_in_a_sentence(tmp_path: Path) -> None:
    words = ("calibrate", "--data", str(dataset(tmp_path, 8)), "--pauses", "0,10")
    done = fathom(*words, opens=opener())
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "fake has no one token <pause>" in done.stderr
    assert not (tmp_path / "policy.yaml").exists()


@pytest.mark.parametrize("given", ["10,0", "0,0", "-1,2", "few", "0,2000", ""])
def test_numbers_that_make_no_sense_are_code_2(tmp_path: Path, given: str) -> None:
    done = fathom("calibrate", "--data", str(dataset(tmp_path, 8)), f"--pauses={given}")
    assert (done.exit_code, "--pauses" in done.stderr) == (2, True)


def test_traffic_cannot_refine_a_policy_that_sets_pauses(done: Done, tmp_path: Path) -> None:
    asyncio.run(_database(tmp_path / "outcomes.db"))
    words = ("--from-traces", "outcomes.db", "--policy", str(done.policy), "--out", "new.yaml")
    told = fathom("calibrate", *words)
    assert told.exit_code == 1
    assert "the policy sets pauses" in told.stderr


def test_a_choice_behind_pauses_is_not_remembered_as_one_without() -> None:
    told = {"action": "search", "left": 50}
    report = {"difficulty": {"estimator": "score", "ease": 0.5, "bin": 1}, "chosen": {"kind": "s"}}
    kept = [advised(report | {"advice": [told | {"pauses": m}]}) for m in (10, 0)]
    assert kept[0] == {}
    assert kept[1]["chosen"] == {"kind": "s"}


async def _database(path: Path) -> None:
    async with open_store(path):
        pass
