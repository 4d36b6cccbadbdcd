"""A model of some thousand weights that reads the laboratory's tokens."""

import torch
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from evaluation.lab.tokens import BOS, CHARACTERS, EOS, IDS, PAD, WORDS
from training.tuning.models import Base


def tokenizer() -> PreTrainedTokenizerFast:
    """The laboratory's tokens, the mark of the beginning before every text."""
    known = Tokenizer(WordLevel(IDS, unk_token=PAD))
    parts = "|".join(
        (*WORDS, *(f"\\{letter}" if letter in "+*()?" else letter for letter in CHARACTERS))
    )
    known.pre_tokenizer = Split(Regex(parts), "isolated")
    known.post_processor = TemplateProcessing(f"{BOS} $A", special_tokens=[(BOS, IDS[BOS])])
    return PreTrainedTokenizerFast(
        tokenizer_object=known, bos_token=BOS, eos_token=EOS, pad_token=PAD, model_max_length=256
    )


def base(layers: int = 2) -> Base:
    """A Llama that has learnt nothing."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(IDS),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=64,
        max_position_embeddings=256,
        bos_token_id=IDS[BOS],
        eos_token_id=IDS[EOS],
        pad_token_id=IDS[PAD],
    )
    return Base(LlamaForCausalLM(config).eval(), tokenizer())
