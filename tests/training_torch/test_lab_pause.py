import json
import random
from dataclasses import replace

import pytest
import torch
from typer.testing import CliRunner

from app.cli import create_cli
from evaluation.lab.pause.experiment import FILE, run
from evaluation.lab.pause.plan import BARE, Condition, Course, Pretrained
from evaluation.lab.pause.schooling import right, row_of, tune
from evaluation.lab.pause.tasks import TASKS, direct, held_out
from evaluation.lab.pause.work import Work
from evaluation.lab.reasoner import Size, new_reasoner
from evaluation.lab.tokens import EOS, IDS, PAUSE
from tests.evaluation.lab.pause_world import PLAN
from training.writing import OutputRefused

pytestmark = pytest.mark.train


def silent(doing: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pause")
    return folder, run(PLAN, folder, silent, 1).plain


def test_every_arm_and_every_number_of_pauses_is_measured(ran):
    _, said = ran
    assert set(said["arms"]["direct"]) == {
        "StdPT_StdFT", "StdPT_PauseFT", "PausePT_StdFT", "PausePT_PauseFT",
    }  # fmt: skip
    assert set(said["sweep"]["direct"]["StdPT_PauseFT"]) == {0, 1, 2, 3, 5, 10, 20, 50}
    assert len(said["figures"]) == 7
    assert all(len(one["each"]) == 3 for one in said["arms"]["direct"].values())


def test_a_run_that_lost_answers_goes_on_from_its_models(ran, tmp_path):
    folder, said = ran
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    lines = (folder / FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / FILE).write_bytes(b"".join(lines[:4]))
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.safetensors")}
    heard: list[int] = []
    again = run(PLAN, tmp_path, lambda _, __, total: heard.append(total), 1).plain
    assert again == said
    assert heard[-1] == len(lines) - 4
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in times} == times


@pytest.mark.timeout(300)
def test_two_processes_come_to_what_one_comes_to(ran, tmp_path):
    found = run(replace(PLAN, seeds=2), tmp_path, silent, 2)
    assert found.arms["direct"]["PausePT_PauseFT"].each == tuple(
        ran[1]["arms"]["direct"]["PausePT_PauseFT"]["each"][:2]
    )


def test_the_folder_of_another_plan_is_refused(ran):
    with pytest.raises(OutputRefused, match="another run"):
        run(replace(PLAN, width=32), ran[0], silent, 1)


def test_fewer_seeds_of_a_run_are_read_from_it(ran):
    heard: list[str] = []
    plan = replace(PLAN, seeds=2)
    found = run(plan, ran[0], lambda doing, *_: heard.append(doing), 1)
    assert heard == []
    assert [len(one.each) for one in found.arms["direct"].values()] == [2] * 4


def test_both_pretrainings_of_a_seed_begin_alike_and_end_apart(ran):
    work = Work(PLAN, ran[0])
    std, pause = (work.opened(Pretrained(0, kind)) for kind in ("std", "pause"))
    place = IDS[PAUSE]
    began = new_reasoner(0, Size(16, 1, 48)).model.embed_tokens.weight[place]
    assert not torch.equal(pause.model.embed_tokens.weight[place], began)
    assert not torch.equal(pause.lm_head.weight, std.lm_head.weight)


def test_what_is_said_greedily_is_what_is_called_right():
    model, questions = new_reasoner(0, Size(16, 1, 48)), held_out(direct, random.Random(0), 40)
    course = Course(steps=60, rows=32)
    tune(model, course, "direct", Condition("appended", 2), seed=0, avoid=set())
    found = right(model, questions, Condition("appended", 2))
    assert found == [said(model, question, 2) == question.target for question in questions]
    assert 0 < sum(found) < len(found)


def said(model, question, pauses):
    """Decode greedily, a token at a time, with transformers."""
    ids, told = [*question.prompt, *[IDS[PAUSE]] * pauses], []
    while IDS[EOS] not in told and len(told) < len(question.target):
        logits = model(input_ids=torch.tensor([ids + told])).logits[0, -1]
        logits[IDS[PAUSE]] = -torch.inf
        told.append(int(logits.argmax()))
    return told


@pytest.mark.parametrize("where", ["appended", "prepended", "filler"])
def test_only_the_answer_is_learnt_whatever_stands_by_the_question(where):
    question = TASKS["distance"](random.Random(0))
    ids, learnt = row_of(question, Condition(where, 3))
    assert [token for token, own in zip(ids, learnt, strict=True) if own] == question.target
    bare, _ = row_of(question, BARE)
    assert len(ids) == len(bare) + 3
    assert ids[:3] == [IDS[PAUSE]] * 3 if where == "prepended" else ids[: len(bare) - 3]


def test_the_command_says_its_figures_as_one_object_and_draws_them(tmp_path, monkeypatch):
    monkeypatch.setattr("app.commands.lab_pause.PLAN", PLAN)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    picture = tmp_path / "pause.png"
    asked = ["lab", "pause", "--seeds", "2", "--run", str(tmp_path / "run"), "--json"]
    said = CliRunner().invoke(create_cli(), [*asked, "--plot", str(picture)])
    told = json.loads(said.stdout)
    assert {"figures", "arms", "sweep", "controls"} <= set(told)
    assert (told["plan"]["seeds"], told["plan"]["seed"]) == (2, 0)
    assert picture.read_bytes().startswith(b"\x89PNG")
