import json
from dataclasses import replace

import pytest
import torch
from typer.testing import CliRunner

from app.cli import create_cli
from evaluation.lab.build import SHIPPED
from evaluation.lab.experiments import EXPERIMENTS, Setup
from evaluation.lab.models import opened
from evaluation.lab.problems import draw_problems
from evaluation.lab.reasoner import SMALL, Schooling, new_reasoner
from evaluation.lab.rivals import Rivals, entries, small_reasoner
from evaluation.lab.sampling import draw
from weights import LAB


@pytest.fixture(autouse=True)
def _taught_little(monkeypatch):
    little = replace(SHIPPED, reasoner=Schooling(steps=3, rate=0.02))
    monkeypatch.setattr("evaluation.lab.rivals.SHIPPED", little)


def silent(doing: str, done: int, total: int) -> None:
    pass


def test_a_small_model_that_searches_is_compared_with_the_reasoner():
    heard: list[str] = []
    problems = draw_problems(5, 7)
    setup = Setup(LAB, problems, 4, None, 0, None, lambda doing, *_: heard.append(doing))
    found = EXPERIMENTS["exchange"](setup)
    assert (found["problems"], found["samples"]) == (7, 4)
    assert [terms["n"] for terms in found["terms"]] == [4, 4, 4]
    assert found["parameters"] == {"small": 110_912, "large": 861_312, "verifier": 2_595_266}
    assert {"the larger model", "sampling and judging"} <= set(heard)


def test_the_small_reasoner_is_the_same_each_time_and_of_its_own_size():
    first, second = (small_reasoner({"(7+5)*3=?"}, silent).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert first["model.norm.weight"].shape == (SMALL.width,)


def test_the_larger_model_answers_each_problem_greedily_and_once():
    models, problems = opened(LAB), draw_problems(5, 7)
    rivals = Rivals(new_reasoner(0, SMALL).eval(), models.large, models.reasoner)
    found = entries(rivals, problems, 2, seed=0, told=silent)
    questions = [problem.question for problem in problems]
    greedy = dict(draw(models.reasoner, questions, 1, seed=9, temperature=0))
    assert [one.question for one in found] == questions
    assert [one.large_tokens for one in found] == [len(greedy[i][0].ids) for i in range(7)]
    assert {len(one.answers) for one in found} == {2}


def test_right_solutions_score_high_and_wrong_ones_low():
    models = opened(LAB)
    rivals = Rivals(models.reasoner, models.large, models.reasoner)
    [found] = entries(rivals, draw_problems(5, 1), 16, seed=0, told=silent)
    pairs = list(zip(found.answers, found.scores, strict=True))
    right = [score for answer, score in pairs if answer == found.truth]
    wrong = [score for answer, score in pairs if answer != found.truth]
    assert max(right) > 0.9
    assert max(wrong) < 0.1


def test_the_command_says_its_figures_as_one_object_and_draws_them(tmp_path):
    problems, picture = tmp_path / "problems.jsonl", tmp_path / "exchange.png"
    problems.write_text('{"question": "(7+5)*3=?"}\n{"question": "9-5=?"}\n')
    asked = ["lab", "exchange", "--problems", str(problems), "--plot", str(picture)]
    said = CliRunner().invoke(create_cli(), [*asked, "--samples", "2", "--json"])
    told = json.loads(said.stdout)
    assert (told["problems"], told["samples"], told["seed"]) == (2, 2, 0)
    assert all(figure["low"] <= figure["value"] for figure in told["figures"].values())
    assert picture.read_bytes().startswith(b"\x89PNG")
