import json
import random
from dataclasses import replace

import pytest
import torch
from transformers import LlamaForCausalLM
from typer.testing import CliRunner

from app.cli import create_cli
from evaluation.lab.errors import NothingSelected
from evaluation.lab.problems import draw_problems
from evaluation.lab.reasoner import SMALL, Schooling, new_reasoner
from evaluation.lab.recycling.experiment import recycle
from evaluation.lab.recycling.forms import learnt, texts
from evaluation.lab.recycling.noise import noisy_set
from evaluation.lab.recycling.plan import ARMS, BASE, Plan, Scale, School
from evaluation.lab.recycling.student import judged, losses, rounds, solved, some_text, taught
from evaluation.lab.recycling.teacher import Teacher, reflection
from evaluation.lab.recycling.versions import Versions
from evaluation.lab.tokens import decode
from training.pairs import Pair
from training.writing import OutputRefused
from weights import LAB

TINY = Scale(
    seeds=1,
    pairs=40,
    fresh=5,
    teacher=School(2, 0.005),
    base=School(3, 0.02),
    student=School(2, 0.01),
    together=4,
)
PAIR = Pair("(7+5)*3=?", "12*3\n36\nAnswer: 36")


def silent(doing: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return Plan(tmp_path_factory.mktemp("run"), LAB, TINY, tuple(draw_problems(5, 7)))


@pytest.fixture(scope="module")
def found(plan):
    return recycle(plan, silent)


def test_students_of_every_arm_are_compared(found):
    assert list(found.arms) == [BASE, *ARMS]
    assert found.problems == (7, 5)
    assert found.arms["raw"].steps == 2
    sizes = {found.arms[name].pairs for name in ARMS if not name.startswith("ifd")}
    assert len(sizes) == 1
    assert found.arms["clean"].flawless == 1


def test_what_was_done_is_not_done_again(found, plan):
    heard: list[str] = []
    before = (plan.folder / "run.jsonl").read_bytes()
    again = recycle(plan, lambda doing, *_: heard.append(doing))
    assert again == found
    assert "students" not in heard
    assert (plan.folder / "run.jsonl").read_bytes() == before


def test_another_runs_folder_is_refused(found, plan):
    other = replace(plan, scale=replace(TINY, pairs=41))
    with pytest.raises(OutputRefused, match="pairs is 40, not 41"):
        recycle(other, silent)


def test_the_command_says_and_draws_what_came_of_it(found, plan, tmp_path, monkeypatch):
    monkeypatch.setattr("evaluation.lab.recycling.plan.USUAL", TINY)
    problems = tmp_path / "problems.jsonl"
    problems.write_text("".join(f'{{"question": "{p.question}"}}\n' for p in plan.held_out))
    asked = ["lab", "recycle", "--problems", str(problems), "--run", str(plan.folder)]
    asked += ["--seeds", "1", "--plot", str(tmp_path / "recycle.png")]
    said = CliRunner().invoke(create_cli(), [*asked, "--json"])
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["figures"]["raw"]["value"] == found.arms["raw"].solved.value
    assert (tmp_path / "recycle.png").read_bytes().startswith(b"\x89PNG")
    assert "selected - raw" in CliRunner().invoke(create_cli(), asked).stdout


@pytest.mark.parametrize(("flag", "with_"), [("--seeds", "exchange"), ("--samples", "recycle")])
def test_flags_of_other_experiments_are_refused(flag, with_):
    said = CliRunner().invoke(create_cli(), ["lab", with_, flag, "2"])
    assert said.exit_code == 2
    assert flag in said.output


def test_nothing_is_learnt_where_nothing_is_selected(plan, tmp_path):
    empty = replace(plan, folder=tmp_path, scale=replace(TINY, pairs=1))
    original = judged(new_reasoner(0, SMALL).eval(), [Versions(noisy_set(0, 1)[0], *[None] * 3)])
    for name in ("teacher", "student"):
        (tmp_path / name).symlink_to(plan.folder / name)
    empty.write_judged(0, original)
    with pytest.raises(NothingSelected, match="seed 0"):
        recycle(empty, silent)


def test_losses_are_those_of_what_is_not_given():
    model = new_reasoner(0, SMALL).eval()
    every = [learnt(PAIR), learnt(Pair("1+1=?", "2\nAnswer: 2"))]
    for loss, (start, ids) in zip(losses(model, every), every, strict=True):
        with torch.inference_mode():
            told = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        own = [told[i - 1, ids[i]].item() for i in range(start, len(ids))]
        assert loss == pytest.approx(-sum(own) / len(own), abs=1e-4)


def test_scores_are_the_same_whichever_pairs_are_judged_together():
    model, versions = new_reasoner(0, SMALL).eval(), []
    versions = [Versions(one, None, None, None) for one in noisy_set(0, 9)]
    together = judged(model, versions)
    alone = [judged(model, [one])[0] for one in versions]
    for one, other in zip(together, alone, strict=True):
        assert one.original.ifd == pytest.approx(other.original.ifd, abs=1e-4)


def test_each_pair_is_read_once_a_round_and_steps_are_as_many_as_asked_for():
    pairs = [Pair(f"{i}+1=?", f"{i + 1}") for i in range(10)]
    read = list(rounds(pairs, 6, 4, 0))
    assert len(read) == 6
    assert sum(len(ids) for ids, _ in read[:3]) == 10


def test_a_student_learns_a_pair_and_the_base_is_left_as_it_was():
    base = new_reasoner(0, SMALL).eval()
    before = base.state_dict()["lm_head.weight"].clone()
    model, tokens = taught(base, [PAIR], Schooling(60, 0.02), 2)
    assert tokens == 60 * (len(learnt(PAIR)[1]) - learnt(PAIR)[0])
    assert torch.equal(base.state_dict()["lm_head.weight"], before)
    assert losses(model, [learnt(PAIR)])[0] < losses(base, [learnt(PAIR)])[0] - 1


def test_the_large_model_answers_a_problem_behind_what_it_was_not_taught_to_read():
    model = LlamaForCausalLM.from_pretrained(LAB / "teacher", dtype=torch.float32).eval()
    problems = draw_problems(5, 14)
    assert sum(solved(model, problems)) > 10
    noisy = noisy_set(0, 12)
    found = Teacher(model, frozenset()).versions(noisy)
    assert [one.noisy for one in found] == noisy
    assert all(one.reflected is None or one.both is None or
               one.both.instruction == one.reflected.instruction for one in found)  # fmt: skip


def test_reflections_that_are_taught_are_right_and_of_nothing_held_out():
    rng, avoid = random.Random(0), {one.pair.instruction for one in noisy_set(0, 50)}
    for _ in range(50):
        start, ids = reflection(rng, avoid)
        assert decode(ids[:start]).endswith("=?\n")
        assert decode(ids).split("\n")[-1].startswith("Answer: ")


def test_text_is_of_all_that_scores_are_told_by():
    rng = random.Random(0)
    kinds = {decode(some_text(rng, ())[1]).count("=?") for _ in range(50)}
    assert kinds == {0, 1}
    assert texts(PAIR).response[0] == 1
