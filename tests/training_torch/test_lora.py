"""Students of which only small matrices beside the weights were trained."""

import pytest
import torch

from tests.training_torch.students import ANSWERS, PAIRS, answer, saved, student
from training.pairs import Pair
from training.sft.settings import SftConfig
from training.sft.train import finetune
from training.tuning.errors import BadBase
from training.tuning.models import Base, logits

pytest.importorskip("peft")

from training.sft.lora import beside, merged

SETTINGS = SftConfig(
    learning_rate=0.01, epochs=60, batch=2, validation=0, device="cpu", lora=8, checkpoint_every=5
)
ROW = (3, 40, 41, 42, 5)


def weights(directory):
    return saved(directory).model.state_dict()


def test_a_student_learns_other_answers_by_matrices_alone(tmp_path):
    whole = SETTINGS.model_copy(update={"lora": None, "learning_rate": 0.005})
    finetune(whole, PAIRS, student(), tmp_path / "base")
    others = {asked: answered[::-1] for asked, answered in ANSWERS.items()}
    pairs = [Pair(asked, answered) for asked, answered in others.items()]
    report = finetune(SETTINGS, pairs, tmp_path / "base", tmp_path / "out")
    made = saved(tmp_path / "out")
    assert {asked: answer(made, asked) for asked in ANSWERS} == {
        asked: f"{answered}<|im_end|>" for asked, answered in others.items()
    }
    assert report.counts.weights == 16_384


def test_merged_into_the_weights_they_give_what_they_gave_beside_them():
    model = beside(student().model, SETTINGS)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, 0.1)
        apart = logits(model.eval(), [ROW])
        together, before = logits(merged(model), [ROW]), logits(student().model, [ROW])
    assert torch.allclose(apart, together, atol=1e-5)
    assert not torch.allclose(before, together, atol=1e-2)


def test_what_is_written_is_a_model_like_its_base(tmp_path):
    finetune(SETTINGS.model_copy(update={"epochs": 1}), PAIRS, student(), tmp_path / "out")
    before, after = student().model.state_dict(), weights(tmp_path / "out")
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if "proj" in name}


def test_matrices_stand_where_they_are_told_and_start_by_the_seed():
    told = SETTINGS.model_copy(update={"lora_targets": ("q_proj",)})
    ones = [beside(student().model, told) for _ in range(2)]
    ones.append(beside(student().model, told.model_copy(update={"seed": 1})))
    learnt = [{n: w for n, w in one.named_parameters() if w.requires_grad} for one in ones]
    assert all("q_proj" in name for name in learnt[0])
    first = next(name for name in learnt[0] if "lora_A" in name)
    assert torch.equal(learnt[0][first], learnt[1][first])
    assert not torch.equal(learnt[0][first], learnt[2][first])


def test_a_stopped_tuning_by_matrices_goes_on_to_the_same_weights(tmp_path):
    def stop(progress) -> None:
        if progress.stage == "training" and progress.done == 8:
            raise KeyboardInterrupt

    settings = SETTINGS.model_copy(update={"epochs": 8})
    finetune(settings, PAIRS, student(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        finetune(settings, PAIRS, student(), tmp_path / "parts", stop)
    finetune(settings, PAIRS, student(), tmp_path / "parts")
    one, other = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_layers_that_are_not_there_are_refused():
    with pytest.raises(BadBase, match="`lora_targets`"):
        beside(student().model, SETTINGS.model_copy(update={"lora_targets": ("nowhere",)}))


def test_a_base_in_memory_is_not_touched(tmp_path):
    base: Base = student()
    finetune(SETTINGS.model_copy(update={"epochs": 1}), PAIRS, base, tmp_path / "out")
    assert not any("lora" in name for name, _ in base.model.named_parameters())
