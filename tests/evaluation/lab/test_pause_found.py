import json
from dataclasses import replace
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.lab.pause.found import found, over_seeds
from evaluation.lab.pause.pictures import draw
from evaluation.lab.pause.plan import ARMS, BARE, Condition
from tests.evaluation.lab.pause_world import PLAN, answers


def by_arm(model, how):
    return (model.base.pretraining == "pause") + (model.tuning == "pause") * min(how.tokens, 2)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_an_interval_lies_around_the_mean(values):
    estimate = over_seeds(values)
    assert estimate.value == pytest.approx(mean(values))
    assert estimate.high - estimate.value == pytest.approx(estimate.value - estimate.low)


def test_the_interval_of_five_seeds_is_that_of_students_t():
    values = [0.1, 0.2, 0.4, 0.3, 0.25]
    half = 2.776 * stdev(values) / 5**0.5
    assert over_seeds(values).high == pytest.approx(mean(values) + half)


def test_shares_are_of_each_seeds_own_problems():
    told = found(PLAN, answers(lambda model, _: model.base.seed + 1))
    assert told.arms["direct"]["StdPT_StdFT"].each == (0.25, 0.5, 0.75)


def test_gains_are_paired_by_seed_with_the_baseline():
    told = found(PLAN, answers(lambda model, how: model.base.seed + by_arm(model, how) // 2))
    gain = told.arms["direct"]["PausePT_PauseFT"].gain
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.25, 0.25, 0.25))
    assert told.arms["direct"]["PausePT_StdFT"].gain.value == 0


def test_each_arm_is_asked_as_it_was_fine_tuned():
    told = found(PLAN, answers(by_arm)).arms["direct"]
    assert {arm: one.share.value for arm, one in told.items()} == {
        "StdPT_StdFT": 0, "StdPT_PauseFT": 0.5, "PausePT_StdFT": 0.25, "PausePT_PauseFT": 0.75,
    }  # fmt: skip


def test_the_sweep_is_of_the_arms_fine_tuned_with_pauses():
    sweep = found(PLAN, answers(by_arm)).sweep["direct"]
    assert set(sweep) == {"StdPT_PauseFT", "PausePT_PauseFT"}
    assert list(sweep["PausePT_PauseFT"]) == [0, 1, 2, 3, 5, 10, 20, 50]
    assert [one.share.value for one in sweep["PausePT_PauseFT"].values()][:3] == [0.25, 0.5, 0.75]


def test_what_fine_tuning_with_pauses_gains_is_told_by_pretraining():
    tuned = found(PLAN, answers(by_arm)).tuned["direct"]
    assert {name: gain.value for name, gain in tuned.items()} == {"StdPT": 0.5, "PausePT": 0.5}


def test_controls_are_the_baseline_with_a_filler_and_pauses_in_front():
    told = found(PLAN, answers(lambda _, how: 4 * (how == Condition("filler", 50))))
    assert {name: one.share.value for name, one in told.controls["direct"].items()} == {
        "filler_10": 0, "filler_50": 1, "StdPT_PauseFT_prepended": 0,
        "PausePT_PauseFT_prepended": 0, "PausePT_PrependedFT": 0,
    }  # fmt: skip


def test_figures_are_the_arms_and_what_they_gain():
    figures = json.loads(json.dumps(found(PLAN, answers(by_arm)).plain))["figures"]
    gains = {f"direct_{arm}_gain" for arm in ARMS if arm != "StdPT_StdFT"}
    assert set(figures) == {f"direct_{arm}" for arm in ARMS} | gains
    assert figures["direct_PausePT_PauseFT_gain"] == {"value": 0.75, "low": 0.75, "high": 0.75}


def test_the_experiment_is_drawn_the_same_every_time(tmp_path):
    for name in ("a.png", "b.png"):
        draw(found(PLAN, answers(by_arm)), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_every_model_is_asked_as_it_was_fine_tuned_among_other_ways():
    for model in PLAN.tunings():
        assert PLAN.usual(model.tuning) in PLAN.conditions(model)
    assert PLAN.usual("std") == BARE


def test_forty_fine_tunings_and_ten_with_pauses_in_front_make_two_tasks_of_five_seeds():
    plan = type(PLAN)()
    jobs = list(plan.tunings())
    assert len(set(jobs)) == len({job.name for job in jobs}) == 50
    assert len({job.base for job in jobs}) == 10


def test_more_seeds_are_the_same_run_and_another_width_is_not():
    plan = type(PLAN)()
    assert replace(plan, seeds=7, seed=2).settings == plan.settings
    assert replace(plan, width=32).settings != plan.settings
