import pytest
import typer

from app.commands.lab_flags import check_flags
from app.commands.lab_pause import pause_lines
from evaluation.lab.pause.found import found
from tests.evaluation.lab.pause_world import PLAN, answers


@pytest.mark.parametrize(
    ("experiment", "flag", "message"),
    [
        ("exchange", "--seeds", "`pause` and `recycle` alone have it"),
        ("exchange", "--run", "`compute-optimal`, `pause` and `recycle` alone have it"),
        ("pause", "--samples", "`pause` has none"),
        ("pause", "--problems", "`pause` has none"),
        ("pause", "--budgets", "`compute-optimal` alone has it"),
    ],
)
def test_flags_of_other_experiments_are_refused(experiment, flag, message):
    with pytest.raises(typer.BadParameter, match=message):
        check_flags(experiment, {flag: 1})


def test_flags_that_were_not_given_are_not_refused():
    check_flags("pause", {"--samples": None, "--seeds": 2, "--run": "folder"})


def test_a_person_is_told_each_arm_with_its_interval_and_gain():
    told = found(PLAN, answers(lambda model, _: 4 * (model.tuning == "pause")))
    lines = list(pause_lines(told.plain | {"run": "there"}))
    assert "  PausePT_PauseFT" in lines[4]
    assert lines[4].endswith("   1.000 [1.000, 1.000]    +1.000 [+1.000, +1.000]")
    assert lines[-1].split() == ["run", "there"]
