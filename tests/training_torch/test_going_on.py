"""A training that was stopped goes on to the same result."""

import pytest
import torch

from tests.training.solutions import sums
from tests.training_torch.bases import base
from training.tuning.errors import OtherTraining
from training.tuning.progress import Progress
from training.verifier.config import TrainConfig
from training.verifier.model import opened
from training.verifier.train import train

SETTINGS = TrainConfig(
    learning_rate=5e-3, epochs=4, batch_tokens=256, patience=99, validation=0.25, dropout=0.1,
    checkpoint_every=3, device="cpu",
)  # fmt: skip
STOP = 8


class Killed(Exception):
    """The process is gone, without a last checkpoint."""


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def until(end: type[BaseException], heard: list[int]):
    """A listener that ends the training at a step."""

    def told(progress: Progress) -> None:
        if progress.stage == "training":
            heard.append(progress.done)
            if progress.done == STOP:
                raise end

    return told


def stopped(out, end: type[BaseException] = KeyboardInterrupt, **settings) -> None:
    config = SETTINGS.model_copy(update=settings)
    with pytest.raises(end):
        train(config, sums(8), base(), out, until(end, []))


@pytest.mark.parametrize(("end", "first"), [(KeyboardInterrupt, STOP + 1), (Killed, 7)])
def test_a_stopped_training_goes_on_to_the_same_weights(end, first, tmp_path):
    whole = train(SETTINGS, sums(8), base(), tmp_path / "whole")
    stopped(tmp_path / "parts", end)
    heard = []
    torch.manual_seed(123)
    parts = train(
        SETTINGS, sums(8), base(), tmp_path / "parts",
        lambda p: heard.append(p.done) if p.stage == "training" else None,
    )  # fmt: skip
    one, other = (opened(tmp_path / d).model.state_dict() for d in ("whole", "parts"))
    assert heard[0] == first
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (parts.measures, parts.loss) == (whole.measures, whole.loss)


def test_what_is_unfinished_is_beside_and_goes_at_the_end(tmp_path):
    stopped(tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out.unfinished"]
    train(SETTINGS, sums(8), base(), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_another_training_left_is_refused(tmp_path):
    stopped(tmp_path / "out")
    other = SETTINGS.model_copy(update={"learning_rate": 1e-4})
    with pytest.raises(OtherTraining, match=r"of learning_rate 0.005, not 0.0001: remove"):
        train(other, sums(8), base(), tmp_path / "out")
    with pytest.raises(OtherTraining, match="of data"):
        train(SETTINGS, sums(9), base(), tmp_path / "out")
    with pytest.raises(OtherTraining, match="of base"):
        train(SETTINGS, sums(8), base(layers=3), tmp_path / "out")


def test_how_often_it_is_saved_may_change_on_the_way(tmp_path):
    stopped(tmp_path / "out", checkpoint_every=1)
    report = train(SETTINGS, sums(8), base(), tmp_path / "out")
    assert report.steps == report.planned
