import pytest

from tests.training.solutions import example, letters
from training.verifier.config import TrainConfig
from training.verifier.reading import Reader, family_of, scorer_of
from training.verifier.targets import item

WRONG, RIGHT = (1.0, 0.0), (0.0, 1.0)


def learnt(solution, **settings):
    """The ids' letters before the places of targets, and the targets."""
    config = TrainConfig(**settings)
    reading = Reader(family_of(scorer_of(config)).layout, letters).read(solution)
    found = item(config, solution, reading)
    return [chr(found.ids[place - 1]) for place in found.places], list(found.targets)


def test_ratings_are_the_targets_of_the_steps_ends():
    assert learnt(example("a", "b", ratings=(1, -1))) == (["a", "b"], [RIGHT, WRONG])


@pytest.mark.parametrize(("neutral", "target"), [("positive", RIGHT), ("negative", WRONG)])
def test_a_neutral_step_is_what_it_is_to_count_as(neutral, target):
    assert learnt(example("a", ratings=(0,)), neutral=neutral) == (["a"], [target])


def test_three_classes_have_a_column_each():
    _, targets = learnt(example("a", "b", "c", ratings=(-1, 0, 1)), classes=3)
    assert targets == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_a_share_of_rollouts_is_a_soft_target():
    assert learnt(example("a", values=(0.25,))) == (["a"], [(0.75, 0.25)])


def test_steps_without_a_label_or_behind_the_last_have_no_target():
    assert learnt(example("a", "b", "c", ratings=(None, -1))) == (["b"], [WRONG])


def test_a_step_without_text_has_no_target():
    assert learnt(example("a", " ", ratings=(1, -1))) == (["a"], [RIGHT])


def test_a_step_that_is_two_to_the_model_has_its_target_at_the_last():
    assert learnt(example("a\nb", "c", ratings=(-1, 1))) == (["b", "c"], [WRONG, RIGHT])


def test_an_outcome_is_the_target_of_every_token_of_the_solution():
    before, targets = learnt(example("ab", "c", question="q", outcome=False), kind="orm")
    assert before == ["\n", "a", "b", "\n", "c"]
    assert targets == [WRONG] * 5


@pytest.mark.parametrize(
    ("labels", "settings"),
    [
        ({"outcome": True}, {}),
        ({"ratings": (1,)}, {"kind": "orm"}),
        ({"values": (0.5,)}, {"classes": 3}),
        ({"ratings": (None,)}, {}),
    ],
)
def test_labels_of_another_kind_are_no_targets(labels, settings):
    assert learnt(example("a", **labels), **settings) == ([], [])
