"""A Llama's tensors as llama.cpp has them: their names, and the order of their rows.

Rows of queries and keys are in another order, for llama.cpp rotates neighbours where transformers
rotates halves.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import pi
from pathlib import Path
from typing import Any

import numpy as np

from training.gguf.errors import NotWritable
from training.gguf.stored import Numbers, Stored, stored

_OUTER = {"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output"}
_INNER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_HEAD = "score."
_FREQUENCIES = "rotary_emb.inv_freq"
OUTPUT = "lm_head.weight"
"""The head that draws, by transformers' name."""
_TENSOR = re.compile(r"(?:model\.)?(?:layers\.(\d+)\.)?([\w.]+)\.(weight|bias)")


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor by llama.cpp's name; `heads` if its rows are to be put in llama.cpp's order."""

    name: str
    stored: Stored | Numbers
    heads: int | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Its rows and columns, as transformers has them."""
        return self.stored.shape

    def numbers(self) -> Numbers:
        """Read it, in llama.cpp's order."""
        read = self.stored.numbers() if isinstance(self.stored, Stored) else self.stored
        return read if self.heads is None else _neighbours(read, self.heads)


def tensors(directory: Path, config: Mapping[str, Any]) -> Iterator[Tensor]:
    """Give every tensor of a folder's model; a verifier's head is left out.

    An output head that is the embedding once more is left out too: llama.cpp takes the embedding.

    Raises:
        NotWritable: the folder has none, or one that a Llama has not.
    """
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    tied = config.get("tie_word_embeddings", False)
    for told, values in stored(directory).items():
        # A verifier's head: a file beside the GGUF has it.
        if told.startswith(_HEAD) or told.endswith(_FREQUENCIES) or (tied and told == OUTPUT):
            continue
        found = _TENSOR.fullmatch(told)
        layer, part, kind = found.groups() if found else (None, told, "")
        known = (_OUTER if layer is None else _INNER).get(part)
        if known is None:
            raise NotWritable(directory, f"{told} is no tensor of a llama")
        name = f"{known}.{kind}" if layer is None else f"blk.{layer}.{known}.{kind}"
        yield Tensor(name, values, heads.get(known))


def rotations(rope: Mapping[str, Any], width: int) -> Numbers:
    """Return by what Llama 3.1 divides each frequency of a head, (width / 2,).

    Waves that fit the context it was first trained on `high_freq_factor` times stay; those that
    fit less than `low_freq_factor` times are slowed by `factor`; between the two it is blended.
    """
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    waves = 2 * pi * rope["rope_theta"] ** (np.arange(0, width, 2) / width)
    fits = rope["original_max_position_embeddings"] / waves
    kept = np.clip((fits - low) / (high - low), 0, 1)
    divisors: Numbers = (1 / ((1 - kept) / rope["factor"] + kept)).astype(np.float32)
    return divisors


def _neighbours(rows: Numbers, heads: int) -> Numbers:
    """Put rows that transformers rotates together, half a head apart, beside each other."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)
