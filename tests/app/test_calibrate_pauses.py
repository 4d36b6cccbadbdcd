"""`fathom calibrate --pauses`: how many pay is found, bin by bin, written down, and then served."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import Result

from app.policies import PolicyFile
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


def calibrated(folder: Path, *more: str, seen: list[FakeEngine] | None = None) -> Result:
    words = ("--budgets", "1,4", "--bins", "2", "--probe", "2", "--samples", "8")
    given = ("--pauses", "0,2,10", "--strategies", "majority", "--data", str(dataset(folder, 60)))
    done = fathom("calibrate", *words, *given, *more, opens=opens([] if seen is None else seen))
    assert done.exit_code == 0, done.stderr
    return done


def test_the_best_number_is_found_in_each_bin(tmp_path: Path) -> None:
    told = json.loads(calibrated(tmp_path, "--json").stdout)
    assert {one["bin"]: one["chosen"] for one in told["pauses"] if one["bin"]} == {1: 2, 2: 10}
    chosen = {(row["bin"], row["budget"]): row["pauses"] for row in told["table"]}
    assert set(chosen.values()) == {2, 10}
    assert {m for (number, _), m in chosen.items() if number == 2} == {10}
    policy = read(tmp_path / "policy.yaml")
    assert (policy.version, policy.pauses, policy.confidence) == (2, (0, 2, 10), ())
    assert "--pauses 0,2,10" in policy.fitted_on.command


def test_pauses_cost_flops_and_no_tokens(tmp_path: Path) -> None:
    [easy, _, every] = json.loads(calibrated(tmp_path, "--json").stdout)["pauses"]
    assert [one["pauses"] for one in easy["measured"]] == [0, 2, 10]
    assert {one["tokens"] for one in easy["measured"]} == {3}
    flops = [one["flops"] for one in easy["measured"]]
    assert flops == [flops[0], flops[0] + 2, flops[0] + 10]
    assert (every["bin"], every["questions"]) == (None, 60)
    first, second, _ = easy["measured"]
    assert (first["gain"], second["gain"]["low"] > 0) == (None, True)


def test_it_says_what_each_number_comes_to(tmp_path: Path) -> None:
    shown = calibrated(tmp_path, "--report", "told").stdout
    assert re.search(r"  1      2  8\d\.\d % \[.*\] +3\.0 +\S+  \+.* points \[.*\]  chosen", shown)
    assert "sample n=1 behind 10 pauses" in shown
    assert (tmp_path / "told" / "pauses.png").stat().st_size > 0
    page = (tmp_path / "told" / "report.html").read_text()
    assert "Chosen are 2 in bin 1, 10 in bin 2; of all questions together it is 10." in page
    report = json.loads((tmp_path / "told" / "report.json").read_text())
    assert [one["chosen"] for one in report["pausing"]] == [2, 10, 10]


def test_the_same_command_goes_on_from_what_was_drawn(tmp_path: Path) -> None:
    seen: list[FakeEngine] = []
    first = calibrated(tmp_path, "--run", "kept", "--json", seen=seen)
    again = calibrated(tmp_path, "--run", "kept", "--json", seen=seen)
    assert (len(seen[0].seen) > 0, seen[1].seen) == (True, [])
    assert "at most 0 searches" in again.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert {path.name for path in Path("kept").iterdir()} == {
        "pool.jsonl", "pool-2-pauses.jsonl", "pool-10-pauses.jsonl"}  # fmt: skip


def test_what_is_left_to_do_counts_every_pool(tmp_path: Path) -> None:
    told = calibrated(tmp_path, "--concurrency", "4").stderr
    assert "at most 176 searches of 1408 samples" in told


@pytest.mark.parametrize(("more", "m", "text"), [((), 10, "5"), (("--pause-tokens", "0"), 0, "")])
def test_what_is_chosen_is_served_and_on_the_bill(
    tmp_path: Path, more: tuple[str, ...], m: int, text: str
) -> None:
    calibrated(tmp_path)
    seen: list[FakeEngine] = []
    words = ("ask", "Question 1?", "--strategy", "auto", "--tokens", "100", "--json", *more)
    done = fathom(*words, opens=opens(seen, tmp_path / "policy.yaml"))
    told = json.loads(done.stdout)
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


def test_traffic_cannot_refine_a_policy_that_sets_pauses(tmp_path: Path) -> None:
    calibrated(tmp_path)
    asyncio.run(_database(tmp_path / "outcomes.db"))
    words = ("--from-traces", "outcomes.db", "--policy", "policy.yaml", "--out", "new.yaml")
    told = fathom("calibrate", *words)
    assert told.exit_code == 1
    assert "the policy sets pauses" in told.stderr


async def _database(path: Path) -> None:
    async with open_store(path):
        pass
