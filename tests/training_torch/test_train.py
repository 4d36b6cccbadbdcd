import json

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from scorers.base import aggregate
from scorers.prm import PrmPoolingConfig
from tests.training.solutions import example, lab, sums
from tests.training_torch.bases import base, tokenizer
from training.tuning.errors import BadBase, OtherTraining
from training.tuning.models import Base, logits
from training.tuning.report import RECORD
from training.verifier.config import TrainConfig
from training.verifier.errors import NotTrained
from training.verifier.model import opened, verifier
from training.verifier.rate import rate
from training.verifier.train import train

QUICK = TrainConfig(
    learning_rate=5e-3, epochs=6, batch_tokens=512, validation=0.25, dropout=0, device="cpu"
)


def weights(directory):
    return opened(directory, "cpu").model.state_dict()


@pytest.mark.parametrize(
    ("settings", "labels"),
    [
        ({}, "ratings"),
        ({"classes": 3}, "ratings"),
        ({"family": "trl"}, "ratings"),
        ({}, "values"),
        ({"kind": "orm"}, "outcome"),
    ],
)
def test_a_verifier_learns_which_solutions_are_right(settings, labels, tmp_path):
    thorough = {"learning_rate": 0.01, "epochs": 25, "patience": 100}
    config = TrainConfig(**QUICK.model_dump(exclude_unset=True) | thorough | settings)
    report = train(config, sums(12, labels), base(), tmp_path / "out")
    assert report.measures is not None
    within = report.measures.within_question["last"]
    assert within is not None
    assert within.auc > 0.9
    assert within.questions == 3
    assert report.loss < 0.5


def test_what_is_written_says_how_it_was_made_and_is_to_be_asked(tmp_path):
    report = train(QUICK, sums(4), base(), tmp_path / "out", command="fathom train prm")
    record = json.loads((tmp_path / "out" / RECORD).read_text())
    assert record == report.plain
    assert (record["origin"]["command"], record["settings"]["seed"]) == ("fathom train prm", 0)
    assert PrmPoolingConfig.model_validate(record["scorer"]).family == "lines"
    assert record["step_tag"] == 7
    assert not (tmp_path / "out.unfinished").exists()


def test_rating_from_the_directory_gives_what_was_measured(tmp_path):
    told = []
    report = train(QUICK, sums(8), base(), tmp_path / "out", told.append)
    rewards = rate(tmp_path / "out", sums(8), "cpu")
    assert all(len(one) == 3 for one in rewards)
    right = [aggregate(one, "last") for one, e in zip(rewards, sums(8), strict=True) if e.outcome]
    assert sum(right) / len(right) > 0.5
    assert {progress.stage for progress in told} == {"reading", "training", "measuring"}
    assert report.counts.examples == 48


def test_rewards_do_not_depend_on_the_batch(tmp_path):
    train(QUICK, sums(4), base(), tmp_path / "out")
    solutions = [example("2+12", "14", "Answer: 14"), example("9"), example(" ")]
    together = rate(tmp_path / "out", solutions, "cpu")
    alone = [rate(tmp_path / "out", [one], "cpu")[0] for one in solutions]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-5)
    assert together[2] == ()


def test_a_base_on_disk_gives_the_same_verifier_as_the_one_in_memory(tmp_path):
    made = base()
    made.model.save_pretrained(tmp_path / "base")
    made.tokenizer.save_pretrained(tmp_path / "base")
    train(QUICK, sums(4), made, tmp_path / "memory")
    train(QUICK, sums(4), tmp_path / "base", tmp_path / "disk")
    one, other = weights(tmp_path / "memory"), weights(tmp_path / "disk")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_base_stays_as_it_is(tmp_path):
    made, before = base(), base().model.state_dict()
    train(QUICK, sums(4), made, tmp_path / "out")
    after = made.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_frozen_layers_and_embeddings_stay(tmp_path):
    config = QUICK.model_copy(update={"freeze": 1})
    train(config, sums(4), base(), tmp_path / "out")
    before, after = (
        base().model.model.state_dict(),
        opened(tmp_path / "out").model.model.state_dict(),
    )
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert {name for name in before if name.startswith(("embed_tokens", "layers.0"))} == same


def test_a_trained_verifier_can_be_trained_further_with_its_head(tmp_path):
    train(QUICK, sums(4), base(), tmp_path / "out")
    again = verifier(tmp_path / "out", QUICK)
    assert torch.equal(again.model.score.weight, opened(tmp_path / "out").model.score.weight)
    assert torch.equal(verifier(again, QUICK).model.score.weight, again.model.score.weight)


def test_training_ends_when_the_held_out_loss_no_longer_falls_and_keeps_the_best(tmp_path):
    wild = TrainConfig(
        learning_rate=1.0, epochs=50, batch_tokens=512, patience=2, validation=0.25, device="cpu"
    )
    report = train(wild, sums(8), base(), tmp_path / "out")
    assert report.steps < report.planned
    assert report.best_step < report.steps
    assert report.measures is not None


def test_padding_on_the_right_changes_no_logit_before_it():
    made = verifier(base(), QUICK)
    made.model.eval()
    short, long = lab("1+1=?", True), lab("12*3-8*2=?", True)
    with torch.inference_mode():
        padded, alone = logits(made.model, [short, long])[0], logits(made.model, [short])[0]
    assert torch.allclose(padded[: len(short)], alone, atol=1e-6)


def test_a_base_whose_tokens_see_those_behind_is_refused():
    config = BertConfig(
        vocab_size=32, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32,
    )  # fmt: skip
    with pytest.raises(BadBase, match="see those behind"):
        verifier(Base(BertForMaskedLM(config), tokenizer()), QUICK)


def test_more_layers_than_there_are_cannot_stay():
    with pytest.raises(BadBase, match="3 layers are to stay, and the base has 2"):
        verifier(base(), QUICK.model_copy(update={"freeze": 3}))


def test_directories_that_are_no_models_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadBase):
        verifier(tmp_path / "empty", QUICK)
    with pytest.raises(NotTrained):
        rate(tmp_path / "empty", sums(1))
    with pytest.raises(BadBase, match="the device 'abacus' cannot be used"):
        verifier(base(), QUICK.model_copy(update={"device": "abacus"}))


def test_a_directory_that_is_there_is_not_written_over(tmp_path):
    with pytest.raises(OtherTraining, match="is there already"):
        train(QUICK, sums(4), base(), tmp_path)


def test_solutions_beyond_the_models_context_are_left_out(tmp_path):
    long = example("1+" * 200 + "1", ratings=(1,))
    report = train(QUICK, [*sums(4), long], base(), tmp_path / "out")
    assert report.counts.too_long == 1


def test_without_held_out_questions_the_last_weights_are_kept(tmp_path):
    report = train(QUICK.model_copy(update={"validation": 0.0}), sums(4), base(), tmp_path / "out")
    assert report.measures is None
    assert report.best_step == report.steps == report.planned
