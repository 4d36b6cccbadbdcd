"""A language model tuned on rows of tokens."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM, BertConfig, BertForMaskedLM

from tests.training_torch.bases import base, tokenizer
from tests.training_torch.students import student
from training.gguf.errors import NotWritable
from training.tuning.errors import BadBase, NothingToLearn, OtherTraining
from training.tuning.loss import learn, mean_loss
from training.tuning.models import Base, logits
from training.tuning.report import RECORD, serving_embedded
from training.tuning.rows import Row, Rows
from training.tuning.settings import TuneConfig
from training.tuning.tune import tune

SETTINGS = TuneConfig(
    learning_rate=0.01, epochs=6, batch=4, micro_tokens=16, checkpoint_every=3, device="cpu"
)
STOP = 8


class Killed(Exception):
    """The process is gone, without a last checkpoint."""


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def row(*ids: int, asked: int = 2) -> Row:
    return Row(ids, tuple(place >= asked for place in range(len(ids))))


ROWS = Rows(
    trained=tuple(row(3, n, n + 1, n + 2, 4, *[5] * (n % 3)) for n in range(6, 16)),
    held_out=(row(3, 9, 10, 11, 4),),
)


def tuned(out, rows=ROWS, told=lambda _: None, **settings):
    return tune(base(), rows, SETTINGS.model_copy(update=settings), out, told)


def weights(directory):
    return AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).state_dict()


def until(end: type[BaseException], heard: list[int]):
    def told(progress) -> None:
        if progress.stage == "training":
            heard.append(progress.done)
            if progress.done == STOP:
                raise end

    return told


def test_what_is_learnt_is_known_afterwards(tmp_path):
    report = tuned(tmp_path / "out", epochs=40)
    assert report.loss < 0.1
    assert report.held_out is not None
    assert report.held_out.after < report.held_out.before


def test_the_directory_says_how_it_was_made_and_is_served(tmp_path):
    report = tuned(tmp_path / "out")
    assert json.loads((tmp_path / "out" / RECORD).read_text()) == report.plain
    assert (report.steps, report.counts.trained, report.counts.held_out) == (18, 10, 1)
    assert report.counts.targets == sum(sum(row.targets) for row in ROWS.trained)
    assert report.serve == f"vllm serve {tmp_path / 'out'}"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_step_is_the_same_however_much_is_computed_at_once():
    gradients = []
    for tokens in (1, 10_000):
        model = base().model
        loss = learn(model, ROWS.trained, tokens)
        assert loss == pytest.approx(mean_loss(model, ROWS.trained, 7), rel=1e-5)
        gradients.append([weight.grad for weight in model.parameters()])
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_the_loss_is_the_mean_over_targets_of_what_each_is_given_by_those_before():
    model, one = base().model, Row((3, 7, 8, 9), (False, True, False, True))
    model.eval()
    likely = logits(model, [one.ids])[0].log_softmax(-1)
    expected = -(likely[0, 7] + likely[2, 9]).item() / 2
    assert mean_loss(model, [one], 100) == pytest.approx(expected, rel=1e-5)


def test_a_token_that_is_no_target_is_not_learnt():
    gradients = []
    for unlearnt in (5, 6):
        model = base().model
        learn(model, [Row((3, 7, 8, unlearnt), (False, False, True, False))], 100)
        gradients.append(model.lm_head.weight.grad)
    assert torch.equal(*gradients)


@pytest.mark.parametrize(("end", "first"), [(KeyboardInterrupt, STOP + 1), (Killed, 7)])
def test_a_stopped_tuning_goes_on_to_the_same_weights_bit_for_bit(end, first, tmp_path):
    whole = tuned(tmp_path / "whole")
    with pytest.raises(end):
        tuned(tmp_path / "parts", told=until(end, []))
    heard: list[int] = []
    torch.manual_seed(123)
    parts = tuned(
        tmp_path / "parts", told=lambda p: heard.append(p.done) if p.stage == "training" else None
    )
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert heard[0] == first
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (parts.held_out, parts.loss) == (whole.held_out, whole.loss)


def test_a_tuning_that_is_stopped_while_measured_has_lost_no_step(tmp_path):
    def told(progress) -> None:
        if progress.stage == "measuring" and heard:
            raise KeyboardInterrupt
        heard.append(progress.done)

    heard: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        tuned(tmp_path / "out", told=told, checkpoint_every=100)
    stages = []
    tuned(tmp_path / "out", told=lambda p: stages.append(p.stage))
    assert stages == ["measuring"]


def test_what_another_tuning_left_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        tuned(tmp_path / "out", told=until(KeyboardInterrupt, []))
    with pytest.raises(OtherTraining, match="of batch 4, not 5: remove"):
        tuned(tmp_path / "out", batch=5)
    with pytest.raises(OtherTraining, match="of data"):
        tuned(tmp_path / "out", Rows(ROWS.trained[1:], ROWS.held_out))
    tuned(tmp_path / "out", checkpoint_every=7)


def test_what_the_embedded_engine_cannot_hold_is_refused_before_it_is_trained(tmp_path):
    told = []
    with pytest.raises(NotWritable):
        tuned(tmp_path / "out", told=told.append, gguf=True)
    assert told == []


def test_the_embedded_engines_file_may_be_wanted_later(tmp_path):
    settings = SETTINGS.model_copy(update={"epochs": 6})
    with pytest.raises(KeyboardInterrupt):
        tune(student(), ROWS, settings, tmp_path / "out", until(KeyboardInterrupt, []))
    settings = settings.model_copy(update={"gguf": True})
    report = tune(student(), ROWS, settings, tmp_path / "out")
    file = tmp_path / "out" / "model.gguf"
    assert file.read_bytes()[:4] == b"GGUF"
    assert report.serve_embedded == serving_embedded(tmp_path / "out")


def test_nothing_to_learn_and_models_that_look_ahead_are_refused(tmp_path):
    with pytest.raises(NothingToLearn, match="2 have more than"):
        tuned(tmp_path / "out", Rows((Row((3, 4), (False, False)),), too_long=2))
    config = BertConfig(
        vocab_size=32, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32,
    )  # fmt: skip
    with pytest.raises(BadBase, match="see those behind"):
        tune(Base(BertForMaskedLM(config), tokenizer()), ROWS, SETTINGS, tmp_path / "out")
    with pytest.raises(OtherTraining, match="is there already"):
        tuned(tmp_path)


def test_a_later_pass_may_be_of_other_rows(tmp_path):
    asked: list[int] = []

    def again(number: int) -> tuple[Row, ...]:
        asked.append(number)
        return tuple(row(3, 8, 9, 4) for _ in ROWS.trained)

    report = tuned(tmp_path / "out", Rows(ROWS.trained, ROWS.held_out, again=again), epochs=3)
    assert asked == [1, 2]
    assert report.loss != tuned(tmp_path / "other", epochs=3).loss
