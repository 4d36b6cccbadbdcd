"""A model that is taught to pause, and what is said of it."""

import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from evaluation.lab.tokens import EOS, IDS, encode
from tests.training_torch.bases import base as lab_base
from training.pairs import Pair
from training.pause import RECORDED
from training.pause.settings import FinetuneConfig, PretrainConfig
from training.pause.train import Pausing
from training.sft.student import chat_of
from training.tuning.errors import BadBase
from training.tuning.models import Base, fingerprint, logits
from training.tuning.report import RECORD

P, END = IDS["<pause>"], IDS[EOS]
TURNS = (
    "{% for m in messages %}{{ '<bos>' if m.role == 'user' else '' }}{{ m.content }}"
    "{{ '\\n' if m.role == 'user' else eos_token + '\\n' }}{% endfor %}"
)
FAST = {"learning_rate": 0.02, "batch": 4, "device": "cpu", "validation": 0}
PRETRAIN = PretrainConfig(length=16, epochs=4, **FAST)
FINETUNE = FinetuneConfig(pauses=3, epochs=100, **FAST | {"learning_rate": 0.005})
PAIRS = [Pair(f"{n}+1=?", f"{n + 1}") for n in range(8)]
TEXTS = ["(7+5)*3=?\n12*3\n36\n", "8-2=?\n6\n"] * 8


def base() -> Base:
    made = lab_base()
    made.tokenizer.chat_template = TURNS
    return made


def opened(folder) -> Base:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return Base(model, AutoTokenizer.from_pretrained(folder))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A model pre-trained with pauses, and one made of it by fine-tuning."""
    where = tmp_path_factory.mktemp("paused")
    Pausing(base(), where / "pre").pretrain(TEXTS, PRETRAIN)
    Pausing(where / "pre", where / "fine").finetune(PAIRS, FINETUNE)
    return where


def answer(made: Base, question: str, pauses: int) -> list[int]:
    text = chat_of(made).write([{"role": "user", "content": question}], True)
    ids = [*made.tokenize(text, False), *[P] * pauses]
    read = len(ids)
    for _ in range(2):
        ids.append(int(logits(made.model, [ids])[0, -1].argmax()))
    return ids[read:]


@torch.inference_mode()
def test_behind_its_pauses_it_answers_as_it_learnt(folders):
    made = opened(folders / "fine")
    answers = [answer(made, pair.instruction, FINETUNE.pauses) for pair in PAIRS]
    assert answers == [[*encode(pair.response), END] for pair in PAIRS]


def test_the_folder_says_in_which_stages_and_with_how_many_pauses(folders):
    def said(name):
        record = json.loads((folders / name / RECORD).read_text())
        assert record["notes"]["pause"] == getattr(
            AutoConfig.from_pretrained(folders / name), RECORDED
        )
        return record["notes"]["pause"]

    assert said("pre") == {"stages": ["pretrain"], "pauses": None}
    assert said("fine") == {"stages": ["pretrain", "finetune"], "pauses": 3}


def test_transformers_never_draws_a_pause(folders):
    assert GenerationConfig.from_pretrained(folders / "fine").suppress_tokens == [P]


def test_all_weights_are_changed(folders):
    before, after = base().model.state_dict(), opened(folders / "pre").model.state_dict()
    assert before.keys() == after.keys()
    assert [name for name in before if torch.equal(before[name], after[name])] == []


def test_rows_longer_than_the_context_are_refused(tmp_path):
    with pytest.raises(BadBase, match="rows have 2048 tokens, and the base's context 256"):
        Pausing(base(), tmp_path / "out").pretrain(TEXTS, PretrainConfig(device="cpu"))


def test_a_tokenizer_without_an_end_is_refused(tmp_path):
    made = base()
    made.tokenizer.eos_token = None
    with pytest.raises(BadBase, match="no token for the end"):
        Pausing(made, tmp_path / "out").pretrain(TEXTS, PRETRAIN)


def test_the_base_stays_as_it_is(tmp_path):
    made = base()
    before = fingerprint(made.model)
    Pausing(made, tmp_path / "out").pretrain(TEXTS, PRETRAIN)
    assert (fingerprint(made.model), len(made.tokenizer)) == (before, len(IDS))


def test_later_passes_learn_from_rows_paused_elsewhere(tmp_path):
    one, other = (
        Pausing(base(), tmp_path / f"{i}").pretrain(TEXTS, PRETRAIN.model_copy(update={"seed": i}))
        for i in range(2)
    )
    assert (one.counts.tokens, one.steps) == (other.counts.tokens, other.steps)
    assert one.loss != other.loss
