"""Learning from traffic, as a command: from a file of outcomes and a policy to a new one."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.store import Remembered, open_store
from app.store.outcomes import remember
from evaluation.policy_fit import fit
from evaluation.traffic import Served
from search.policy import Knot, read, write
from tests.app.cli_world import fathom
from tests.evaluation.test_policy_fit import ABOUT, outcomes
from tests.evaluation.test_traffic import traffic

POLICY = fit(outcomes(noise=0.15), replace(ABOUT, model="fake")).policy


def recalibrated(*words: str):
    """Run the command, with words of its own after the usual ones."""
    usual = ("--from-traces", "outcomes.db", "--policy", "old.yaml", "--out", "new.yaml")
    return fathom("calibrate", *usual, *words)


def kept(served: Sequence[Served], **changes: object) -> None:
    """Write a file of what was served."""

    async def keep() -> None:
        async with open_store(Path("outcomes.db")) as store:
            for i, one in enumerate(served):
                await remember(store, row(i, one, **changes))

    asyncio.run(keep())


def row(i: int, one: Served, **changes: object) -> Remembered:
    plain = None if one.strategy is None else one.strategy.model_dump(mode="json")
    told = {"model": "fake", "estimator": "score", "chosen": plain, "action": "search",
            "left_tokens": 920} | changes  # fmt: skip
    probe = 80 if one.strategy and one.strategy.judges == "steps" else 0
    return Remembered(
        trace=f"chatcmpl-{i}", at=i, conversation=one.conversation,
        strategy={"kind": "auto"}, budget_tokens=1000, tokens=one.tokens + probe,
        seconds=1.0, score=0.5,
        ease=one.ease, bin=one.bin, right=one.right, **told,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(POLICY, tmp_path / "old.yaml")


def test_a_policy_learns_that_searches_have_become_better() -> None:
    kept(traffic(400, hard=0.75))
    done = recalibrated()
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "400 requests, 400 conversations with verdicts to learn from"
    assert any(line.startswith("bin 2      beam_search: ") for line in lines)
    assert lines[-1] == "written    new.yaml"
    new = read(Path("new.yaml"))
    assert new.choose(2, 1000).accuracy.value > POLICY.choose(2, 1000).accuracy.value + 0.1
    assert new.fitted_on.command.startswith("fathom calibrate --from-traces outcomes.db ")


def test_nothing_is_written_when_the_old_table_is_right() -> None:
    kept(traffic(200))
    done = recalibrated()
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1].startswith("kept       old.yaml: ")
    assert not Path("new.yaml").exists()


@pytest.mark.parametrize(("hard", "better"), [(0.75, True), (0.335, False)])
def test_all_that_is_said_is_there_for_programs(hard: float, better: bool) -> None:
    kept(traffic(400, hard=hard))
    told = json.loads(recalibrated("--json").stdout)
    assert (told["kept"], told["file"]) == (not better, "new.yaml" if better else None)
    assert (told["requests"], told["conversations"], told["left_out"]) == (400, 400, {})
    assert all(half["low"] > 0 for half in told["brier_gain"]) == better
    assert [cell["bin"] for cell in told["cells"]] == [1, 2]
    assert told["cells"][1]["strategy"]["kind"] == "beam_search"
    assert told["drift"]["shares"] == [0.5, 0.5]


def test_the_same_verdicts_are_not_learnt_from_twice() -> None:
    kept(traffic(400, hard=0.75))
    recalibrated()
    again = recalibrated("--policy", "new.yaml", "--out", "newer.yaml")
    assert again.exit_code == 1
    assert "new.yaml has learnt from exactly these verdicts already" in again.stderr


@pytest.mark.parametrize("changes", [{"model": "other"}, {"estimator": "agreement"}])
def test_only_what_this_policy_could_have_chosen_is_learnt_from(changes) -> None:
    kept(traffic(400, hard=0.75), **changes)
    done = recalibrated()
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("Error: 0 conversations with verdicts")


def test_the_probe_is_not_on_the_bill_of_a_step_search() -> None:
    kept(traffic(100))
    cell = json.loads(recalibrated("--json").stdout)["cells"][1]
    assert cell["seen"]["priced"] == cell["seen"]["n"] == 50
    assert cell["after"]["tokens"] == pytest.approx(40)


def test_without_a_limit_the_tokens_of_a_step_search_are_not_known() -> None:
    kept(traffic(100), left_tokens=None)
    seen = [cell["seen"] for cell in json.loads(recalibrated("--json").stdout)["cells"]]
    assert [(one["n"], one["priced"]) for one in seen] == [(50, 50), (50, 0)]


def test_an_answer_of_the_probe_or_of_several_rounds_says_nothing_of_a_strategy() -> None:
    kept(traffic(100))
    asyncio.run(_with_one_more(action="stop"))
    told = json.loads(recalibrated("--json").stdout)
    assert told["left_out"] == {"by no strategy, or in no bin, of the table": 1}


def test_a_strategy_that_is_gone_is_counted_as_left_out() -> None:
    kept(traffic(100))
    asyncio.run(_with_one_more(chosen={"kind": "of_a_plug_in"}))
    told = json.loads(recalibrated("--json").stdout)
    assert told["left_out"] == {"by no strategy, or in no bin, of the table": 1}


async def _with_one_more(**changes: object) -> None:
    async with open_store(Path("outcomes.db")) as store:
        await remember(store, row(9999, traffic(1)[0], **changes))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--from-traces", "none.db"), 2, "there is no file none.db"),
        (("--out", "nowhere/new.yaml"), 2, "there is no folder nowhere"),
        (("--policy", "none.yaml"), 1, "none.yaml cannot be read"),
        (("--from-traces", "old.yaml"), 1, "old.yaml cannot be used: file is not a database"),
    ],
)
def test_files_that_are_not_what_they_should_be_are_one_sentence(words, code, said: str) -> None:
    kept(traffic(1))
    done = recalibrated(*words)
    assert done.exit_code == code
    assert said in done.stderr.replace("\n│", "").replace("│", "")


def test_the_same_command_writes_the_same_file() -> None:
    kept(traffic(400, hard=0.75))
    texts = []
    for _ in range(2):
        recalibrated("--seed", "3")
        texts.append(Path("new.yaml").read_text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("words", "flag"),
    [((), "--data"), (("--from-traces", "a.db"), "--from-traces"),
     (("--data", "a.json", "--policy", "p.yaml"), "--data")],
)  # fmt: skip
def test_questions_and_traffic_are_not_mixed(words: tuple[str, ...], flag: str) -> None:
    done = fathom("calibrate", *words)
    assert done.exit_code == 2
    assert f"Invalid value for {flag}" in done.stderr


def test_answers_of_several_rounds_refine_how_sure_their_scores_make() -> None:
    knots = (Knot(held=0.2, accuracy=0.1), Knot(held=0.5, accuracy=0.95))
    write(POLICY.model_copy(update={"confidence": knots}), Path("old.yaml"))
    kept(traffic(400, hard=0.4), action="stop", chosen=None)
    told = json.loads(recalibrated("--json").stdout)
    assert told["held"] == 400
    assert told["cells"] == []
    assert read(Path("new.yaml")).sure(0.5) < 0.9
