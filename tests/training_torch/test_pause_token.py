import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tests.training_torch.bases import base as lab_base
from training.pause import PAUSE
from training.pause.token import add_pause
from training.tuning.errors import BadBase
from training.tuning.models import Base

WORDS = {word: i for i, word in enumerate(["<unk>", "<end>", "a", "b", "c"])}
WIDTH = 16


def base(*, tied: bool = True, rows: int = len(WORDS)) -> Base:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=rows, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, intermediate_size=32, tie_word_embeddings=tied,
        initializer_range=0.5, bos_token_id=1, eos_token_id=1,
    )  # fmt: skip
    known = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(WORDS, unk_token="<unk>")),
        unk_token="<unk>", eos_token="<end>",
    )  # fmt: skip
    return Base(LlamaForCausalLM(config).eval(), known)


def weights(model: LlamaForCausalLM) -> int:
    return sum(weight.numel() for weight in model.parameters())


@pytest.mark.parametrize(("tied", "rows"), [(True, 1), (False, 2)])
def test_a_pause_is_one_row_of_the_embedding_and_of_a_head_of_its_own(tied: bool, rows: int):
    made = base(tied=tied)
    before = weights(made.model)
    assert add_pause(made) == len(WORDS)
    assert weights(made.model) == before + rows * WIDTH
    assert made.model.config.vocab_size == len(WORDS) + 1
    assert made.model.config.tie_word_embeddings is tied


@pytest.mark.parametrize("tied", [True, False])
def test_a_new_row_is_the_mean_of_the_others(tied: bool):
    made = base(tied=tied)
    pause = add_pause(made)
    for layer in (made.model.get_input_embeddings(), made.model.get_output_embeddings()):
        assert torch.allclose(layer.weight[pause], layer.weight[:pause].mean(0))


@pytest.mark.parametrize("tied", [True, False])
def test_what_the_model_said_it_says_still(tied: bool):
    made, ids = base(tied=tied), torch.tensor([[2, 3, 4, 2]])
    before = made.model(ids).logits.log_softmax(-1)
    pause = add_pause(made)
    after = made.model(ids).logits.log_softmax(-1)
    lost = before - after[..., :pause]
    assert lost.min() > -1e-5
    assert lost.max() < torch.tensor(1 + 1 / len(WORDS)).log() + 1e-5


def test_a_pause_is_one_special_token_of_the_tokenizer_as_saved(tmp_path):
    made = base()
    pause = add_pause(made)
    made.tokenizer.save_pretrained(tmp_path)
    again = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    assert again(PAUSE * 2, add_special_tokens=False)["input_ids"] == [pause] * 2
    assert pause in again.all_special_ids
    assert again.decode([2, pause, 3], skip_special_tokens=True).split() == ["a", "b"]


def test_a_pause_that_is_there_is_kept_as_it_was_trained():
    made = base()
    pause = add_pause(made)
    with torch.no_grad():
        made.model.get_input_embeddings().weight[pause] = 7
    before = weights(made.model)
    assert add_pause(made) == pause
    assert weights(made.model) == before
    assert (made.model.get_input_embeddings().weight[pause] == 7).all()


def test_a_word_of_the_vocabulary_becomes_the_special_token_and_keeps_its_row():
    made = lab_base()
    row = made.model.get_input_embeddings().weight[3].clone()
    assert add_pause(made) == 3
    assert torch.equal(made.model.get_input_embeddings().weight[3], row)


def test_a_row_that_no_token_has_is_taken():
    made = base(rows=8)
    before = weights(made.model)
    pause = add_pause(made)
    assert (pause, weights(made.model)) == (len(WORDS), before)
    row = made.model.get_input_embeddings().weight
    assert torch.allclose(row[pause], row[:pause].mean(0))


def test_a_model_with_fewer_rows_than_tokens_is_refused():
    with pytest.raises(BadBase, match="has 4 embeddings, and its tokenizer 5 tokens"):
        add_pause(base(rows=4))
