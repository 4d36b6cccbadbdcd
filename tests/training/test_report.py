import pytest

from tests.training.solutions import example
from training.verifier.config import TrainConfig
from training.verifier.report import hash_of, measured, serving

SOLUTIONS = [
    example("a", "b", question="q", ratings=(1, 1), outcome=True),
    example("a", "b", question="q", ratings=(1, -1), outcome=False),
    example("a", "b", question="r", values=(0.7, None), outcome=True),
]
REWARDS = [(0.9, 0.4), (0.5, 0.6), (0.8, 0.1)]


def test_steps_are_measured_together_and_solutions_by_question():
    found = measured(TrainConfig(), SOLUTIONS, REWARDS, 0.5)
    within = {how: one.auc for how, one in found.within_question.items() if one}
    assert within == {"last": 0, "min": 0, "mean": 1, "product": 1}
    assert found.auc == pytest.approx(2 / 4)


def test_an_orm_is_measured_by_the_last_reward_alone():
    found = measured(TrainConfig(kind="orm"), SOLUTIONS, REWARDS, 0.5)
    assert list(found.within_question) == ["last"]
    assert found.auc == 0


def test_the_hash_is_of_all_examples_in_their_order():
    assert hash_of(SOLUTIONS) == hash_of(list(SOLUTIONS))
    assert hash_of(SOLUTIONS) != hash_of(SOLUTIONS[::-1])


def test_the_command_that_serves_names_the_token_that_ends_a_step(tmp_path):
    assert '"step_tag_id": 198' in serving(tmp_path, 198)
