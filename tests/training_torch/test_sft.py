"""Students fine-tuned on pairs."""

import pytest
import torch

from tests.training_torch.students import ANSWERS, CHATML, PAIRS, answer, saved, student
from training.pairs import Pair
from training.sft.chat import BadTemplate, Encoder
from training.sft.settings import SftConfig
from training.sft.student import chat_of, opened
from training.sft.train import finetune
from training.tuning.errors import BadBase, NothingToLearn

QUICK = SftConfig(
    learning_rate=0.005, epochs=60, batch=2, micro_tokens=256, validation=0, device="cpu"
)
SHORT = QUICK.model_copy(update={"epochs": 2})


@pytest.fixture(scope="module", params=[CHATML, None], ids=["its own template", "ours"])
def tuned(request, tmp_path_factory):
    out = tmp_path_factory.mktemp("sft") / "out"
    return finetune(QUICK, PAIRS, student(request.param), out), saved(out)


def test_a_student_learns_its_answers_and_where_they_end(tuned):
    report, made = tuned
    end = made.tokenizer.eos_token
    assert {asked: answer(made, asked) for asked in ANSWERS} == {
        asked: f"{answered}{end}" for asked, answered in ANSWERS.items()
    }
    assert report.loss < 0.05
    assert report.notes == {"pairs": 4, "empty": 0}


def test_what_was_trained_on_is_what_the_saved_directory_has_its_prompts_rendered_as(tuned):
    _, made = tuned
    encoder = Encoder(chat_of(made))
    for pair in PAIRS:
        turns = [{"role": "user", "content": pair.instruction}]
        prompt = made.tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_dict=True
        )["input_ids"]
        row = encoder.encode(pair)
        assert list(row.ids[: len(prompt)]) == prompt
        learnt = [t for t, wanted in zip(row.ids, row.targets, strict=True) if wanted]
        assert learnt == [*made.tokenize(pair.response, False), made.tokenizer.eos_token_id]
        assert row.targets.index(True) == len(prompt)


def test_a_turns_end_is_where_servers_stop(tuned):
    _, made = tuned
    end = made.tokenizer.eos_token_id
    drawing = made.model.generation_config.eos_token_id
    assert made.model.config.eos_token_id == end
    assert drawing in (end, [end, 0])


def test_a_base_without_a_template_is_given_one_that_takes_conversations():
    made = opened(student(None))
    turns = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U"},
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "V"},
    ]
    text = made.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert text == "S\n\nUSER:\nU\n\nASSISTANT:\nA<|end|>\n\nUSER:\nV\n\nASSISTANT:\n"


def test_the_base_stays_as_it_is(tmp_path):
    base, before = student(None), student(None).model.state_dict()
    finetune(SHORT, PAIRS, base, tmp_path / "out")
    after = base.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert base.tokenizer.chat_template is None


def test_a_base_on_disk_gives_the_same_student_as_the_one_in_memory(tmp_path):
    base = student()
    base.model.save_pretrained(tmp_path / "base")
    base.tokenizer.save_pretrained(tmp_path / "base")
    finetune(SHORT, PAIRS, base, tmp_path / "memory")
    finetune(SHORT, PAIRS, tmp_path / "base", tmp_path / "disk")
    one, other = (saved(tmp_path / name).model.state_dict() for name in ("memory", "disk"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_cannot_be_a_student_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadBase, match="no language model"):
        finetune(SHORT, PAIRS, tmp_path / "empty", tmp_path / "out")
    with pytest.raises(NothingToLearn):
        finetune(SHORT, [Pair("a", "")], student(), tmp_path / "out")
    with pytest.raises(BadTemplate, match="takes no such turns: no"):
        finetune(SHORT, PAIRS, student("{{ raise_exception('no') }}"), tmp_path / "out")
