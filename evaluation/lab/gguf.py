"""The laboratory's models as GGUF files, which the embedded engine serves.

Knows the laboratory's tokens and Hugging Face's names of a Llama's tensors; writes its generator,
or the trunk of a verifier, of any number of layers. Three things differ from the folder it reads:
rows of queries and keys are in another order, for llama.cpp rotates neighbours where transformers
rotates halves; characters are in GPT-2's alphabet of bytes; and there is a chat template.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import gguf
import numpy as np
import numpy.typing as npt
from gguf.vocab import bytes_to_unicode
from safetensors.numpy import load_file

from evaluation.lab.tokens import BOS, CHARACTERS, EOS, IDS, PAD, TEMPLATE, VOCABULARY, WORDS

Numbers: TypeAlias = npt.NDArray[np.float32]
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
_TENSOR = re.compile(r"(?:model\.)?(?:layers\.(\d+)\.)?([\w.]+)\.(weight|bias)")


class ExportError(Exception):
    """A folder holds no model of the laboratory's."""


def write_gguf(folder: Path, file: Path, *, name: str, half: bool = False) -> None:
    """Write the model in a Hugging Face folder as a GGUF file.

    Args:
        folder: has `config.json` and `model.safetensors`.
        file: is written over.
        name: of the model, in the file.
        half: matrices in float16, which takes half the room; else all is float32.

    Raises:
        ExportError: it is no Llama of the laboratory's tokens.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config["model_type"] != "llama" or config["vocab_size"] != len(VOCABULARY):
        raise ExportError(
            f"{folder} has a {config['model_type']} of {config['vocab_size']} tokens, not a llama "
            f"of {len(VOCABULARY)} tokens"
        )
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name(name)
    _describe(writer, config, half=half)
    _add_tokens(writer)
    for tensor, values in _tensors(load_file(folder / "model.safetensors"), config):
        matrix = values.ndim > 1
        writer.add_tensor(tensor, values.astype(np.float16 if half and matrix else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: gguf.GGUFWriter, config: Mapping[str, Any], *, half: bool) -> None:
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if half else gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])


def _add_tokens(writer: gguf.GGUFWriter) -> None:
    alphabet = bytes_to_unicode()
    kinds = dict.fromkeys(VOCABULARY, gguf.TokenType.CONTROL)
    kinds |= dict.fromkeys(WORDS, gguf.TokenType.USER_DEFINED)
    kinds |= dict.fromkeys(CHARACTERS, gguf.TokenType.NORMAL)
    spelt = [alphabet[ord(token)] if token in CHARACTERS else token for token in VOCABULARY]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(spelt)
    writer.add_token_types([kinds[token] for token in VOCABULARY])
    # An empty list is refused; nobody writes two NULs.
    writer.add_token_merges([f"{alphabet[0]} {alphabet[0]}"])
    writer.add_bos_token_id(IDS[BOS])
    writer.add_eos_token_id(IDS[EOS])
    writer.add_pad_token_id(IDS[PAD])
    # The template writes it.
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _tensors(
    tensors: Mapping[str, Numbers], config: Mapping[str, Any]
) -> Iterator[tuple[str, Numbers]]:
    """Give llama.cpp's name and the numbers of every tensor."""
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    for told, values in tensors.items():
        if told.startswith(_HEAD):
            continue  # A verifier's own: a file beside this one has it.
        found = _TENSOR.fullmatch(told)
        layer, part, kind = found.groups() if found else (None, told, "")
        known = (_OUTER if layer is None else _INNER).get(part)
        if known is None:
            raise ExportError(f"{told} is no tensor of a llama")
        numbers = values.astype(np.float32)
        if known in heads:
            numbers = _neighbours(numbers, heads[known])
        yield f"{known}.{kind}" if layer is None else f"blk.{layer}.{known}.{kind}", numbers


def _neighbours(rows: Numbers, heads: int) -> Numbers:
    """Put rows that transformers rotates together, half a head apart, beside each other."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)
