import pytest
from pydantic import ValidationError

from training.verifier.config import TrainConfig


@pytest.mark.parametrize(
    "settings",
    [
        {"family": "skywork"},
        {"family": "math_shepherd"},
        {"kind": "orm", "classes": 3},
        {"kind": "orm", "neutral": "negative"},
        {"classes": 4},
        {"betas": (0.9, 1.0)},
        {"validation": 0.9},
        {"learning_rte": 1e-4},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValidationError):
        TrainConfig.model_validate(settings)


@pytest.mark.parametrize(("kind", "passes"), [("prm", 2), ("orm", 1)])
def test_there_are_as_many_passes_as_in_the_paper(kind, passes):
    assert TrainConfig(kind=kind).passes == passes
    assert TrainConfig(kind=kind, epochs=5).passes == 5


@pytest.mark.parametrize(
    ("settings", "positive"),
    [({}, 1), ({"classes": 3}, {1, 2}), ({"classes": 3, "neutral": "negative"}, 2)],
)
def test_what_says_right_is_as_neutral_counts(settings, positive):
    assert TrainConfig(**settings).positive == positive
