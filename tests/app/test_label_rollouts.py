import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from app.commands.label_rollouts import RolloutOptions, label_rollouts
from app.settings import Settings
from engines.base import Request
from engines.errors import EngineUnavailable
from tests.app.cli_world import dataset, opener
from training.examples import Example, read_examples
from training.rollouts.run import journal_of


def two_steps(request: Request, i: int) -> str:
    """Say "a" or "b" first, by the place; roll-outs of what began with "b" give the answer 4."""
    if not request.text:
        return f"{'ab'[i % 2]}\n\nAnswer: {'34'[i % 2]}"
    return f"Answer: {4 if request.text.startswith('b') else 3}"


def options(folder: Path, **given: object) -> RolloutOptions:
    small = {"by": "rollouts", "samples": 2, "rollouts": 2, "limit": 3}
    out = folder / "labels.jsonl"
    return RolloutOptions(dataset(folder), out=out, **small | given)  # type: ignore[arg-type]


def label(asked: RolloutOptions, reply=two_steps, *, as_json: bool = False) -> list[Example]:
    label_rollouts(opener(reply), Settings(), asked, as_json=as_json)
    return list(read_examples(asked.out))


def test_questions_of_a_data_set_are_labelled(tmp_path: Path, capsys) -> None:
    examples = label(options(tmp_path))
    assert {(e.steps, e.values) for e in examples if e.truth == "4"} == {
        (("a", "Answer: 3"), (0.0, 0.0)),
        (("b", "Answer: 4"), (1.0, 1.0)),
    }
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "6 solutions labelled, of 3 of 3 questions"
    assert said[-1] == f"labels    {tmp_path / 'labels.jsonl'}"


def test_omega_rates_up_to_the_first_error(tmp_path: Path) -> None:
    examples = label(options(tmp_path, by="omega", limit=None))
    assert {(e.steps, e.ratings) for e in examples if e.truth == "4"} == {
        (("a", "Answer: 3"), (-1,)),
        (("b", "Answer: 4"), (1, 1)),
    }


def test_json_is_one_object_of_settings_and_counts(tmp_path: Path, capsys) -> None:
    label(options(tmp_path, seed=7), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["questions"], told["solutions"], told["examples"]) == (3, 6, 6)
    assert (told["cut"], told["unanswered"], told["unsolved"], told["failed"]) == (0, 0, 0, 0)
    assert (told["by"], told["seed"], told["out"]) == (
        "rollouts",
        7,
        str(tmp_path / "labels.jsonl"),
    )
    assert told["usage"]["completion_tokens"] > 0


def test_the_same_command_goes_on_with_more_questions(tmp_path: Path, capsys) -> None:
    label(options(tmp_path))
    assert len(label(options(tmp_path, limit=5))) == 10
    assert "resumed   3 questions were labelled before" in capsys.readouterr().out


@pytest.mark.parametrize("change", [{"seed": 1}, {"samples": 3}, {"temperature": 0.3}])
def test_labels_of_another_run_are_left_alone(tmp_path: Path, change, capsys) -> None:
    label(options(tmp_path))
    with pytest.raises(typer.Exit, match="1"):
        label(options(tmp_path, **change))
    assert "labels.jsonl.journal: holds another run: its" in capsys.readouterr().err


def test_another_data_file_is_refused(tmp_path: Path, capsys) -> None:
    label(options(tmp_path))
    with pytest.raises(typer.Exit):
        label(replace(options(tmp_path), file=dataset(tmp_path, 4)))
    assert "its data is" in capsys.readouterr().err


def test_a_budget_that_is_used_up_is_said_to_be(tmp_path: Path, capsys) -> None:
    label(options(tmp_path, tokens=40, max_answer_tokens=10, concurrency=1))
    said = capsys.readouterr().out
    assert "left      1 questions: the budget of tokens is used up" in said


def test_questions_that_fail_are_told_with_their_reasons(tmp_path: Path, capsys) -> None:
    def reply(request: Request, i: int) -> str:
        raise EngineUnavailable("connection refused")

    assert label(options(tmp_path), reply) == []
    failed = "failed    3 questions, to be tried again: EngineUnavailable: connection refused"
    assert failed in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [({"prompt": "Think."}, "--prompt has no {question}"), ({"step_end": ""}, "--step-end")],
)
def test_what_makes_no_sense_is_a_bad_parameter(tmp_path: Path, change, message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message):
        label(options(tmp_path, **change))


def test_rollouts_at_temperature_0_are_refused(tmp_path: Path, capsys) -> None:
    with pytest.raises(typer.Exit):
        label(options(tmp_path, temperature=0.0))
    assert "at temperature 0 all roll-outs of a step are the same one" in capsys.readouterr().err
    assert not journal_of(tmp_path / "labels.jsonl").exists()


def test_the_settings_say_how_to_draw_where_the_command_does_not(tmp_path: Path) -> None:
    plan = options(tmp_path).plan(Settings(temperature=0.4, max_answer_tokens=77))
    assert (plan.sampling.temperature, plan.sampling.max_tokens) == (0.4, 77)
