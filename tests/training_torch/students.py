"""A language model of some thousand weights that reads bytes, for students to be made of."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as Decoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from training.pairs import Pair
from training.tuning.models import Base

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
MARKS = ("<|end|>", "<|im_start|>", "<|im_end|>")
ANSWERS = {"Sky?": "blue", "Grass?": "green", "Snow?": "white", "Coal?": "black"}
PAIRS = [Pair(asked, answered) for asked, answered in ANSWERS.items()]


def tokenizer(template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """Bytes, and the marks of turns."""
    words = [*MARKS, *sorted(ByteLevel.alphabet())]
    known = Tokenizer(BPE({word: place for place, word in enumerate(words)}, []))
    known.pre_tokenizer, known.decoder = ByteLevel(add_prefix_space=False), Decoder()
    made = PreTrainedTokenizerFast(
        tokenizer_object=known, eos_token="<|end|>", pad_token="<|end|>",
        additional_special_tokens=list(MARKS[1:]),
    )  # fmt: skip
    made.chat_template = template
    return made


def student(template: str | None = CHATML) -> Base:
    """A Llama that has learnt nothing."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(MARKS) + 256,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=128,
        max_position_embeddings=256,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    return Base(LlamaForCausalLM(config).eval(), tokenizer(template))


def saved(directory: Path) -> Base:
    """A student as it was written."""
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    return Base(model, AutoTokenizer.from_pretrained(directory))


def answer(base: Base, asked: str) -> str:
    """Return what is drawn greedily, its end included."""
    prompt = base.tokenizer.apply_chat_template(
        [{"role": "user", "content": asked}], add_generation_prompt=True, return_tensors="pt",
        return_dict=True,
    )  # fmt: skip
    drawn = base.model.generate(**prompt, max_new_tokens=12, do_sample=False)
    text: str = base.tokenizer.decode(drawn[0, prompt["input_ids"].shape[1] :])
    return text
