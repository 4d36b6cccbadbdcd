"""A folder of transformers' as a GGUF file: any Llama whose tokens are byte-level BPE.

What would mean something else in llama.cpp is refused. The file is put in its place once it is
whole, and tensors pass through memory one at a time.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from training.gguf.config import read_config
from training.gguf.errors import NotWritable
from training.gguf.stored import Numbers, stored
from training.gguf.tensors import OUTPUT, Tensor, rotations, tensors
from training.gguf.vocabulary import Vocabulary, read_vocabulary
from training.pause import RECORDED

_LARGEST = float(np.finfo(np.float16).max)
_CAUSAL = "LlamaForCausalLM"
PAUSES = "fathom.pause_tokens"
"""The field that says with how many pauses the model is to be served."""


@dataclass(frozen=True, slots=True)
class Llama:
    """A model in a folder that is about to be written.

    Attributes:
        directory: where its tensors are.
        config: as `read_config` gives it.
        vocabulary: its tokens.
    """

    directory: Path
    config: Mapping[str, Any]
    vocabulary: Vocabulary


def write(directory: Path, file: Path, *, name: str, half: bool = True) -> None:
    """Write the model in a folder of transformers' as a GGUF file.

    Args:
        directory: has `config.json`, `tokenizer.json` and safetensors.
        file: is written over, once the new one is whole.
        name: of the model, in the file.
        half: matrices in float16, which takes half the room; else all is float32.

    Raises:
        NotWritable: it is no Llama of byte-level BPE, or no file can say what it is.
    """
    config = read_config(directory)
    made = config.get("architectures") or [_CAUSAL]
    if made != [_CAUSAL]:
        raise NotWritable(directory, f"it is a {', '.join(made)}, not a {_CAUSAL}")
    if not config.get("tie_word_embeddings", False) and OUTPUT not in stored(directory):
        raise NotWritable(directory, f"it has no {OUTPUT}, and its embeddings are not tied")
    write_llama(
        Llama(directory, config, read_vocabulary(directory, config["vocab_size"])),
        file,
        name=name,
        half=half,
    )


def write_llama(model: Llama, file: Path, *, name: str, half: bool) -> None:
    """Write a model whose tokens are known; see `write`.

    Raises:
        NotWritable: it has tensors of something else.
    """
    parts = [*tensors(model.directory, model.config), *_rotated(model.config)]
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    writer = gguf.GGUFWriter(beside, "llama")
    writer.add_name(name)
    _describe(writer, model.config, half=half)
    model.vocabulary.add_to(writer)
    try:
        _write(writer, model.directory, parts, half=half)
        beside.replace(file)
    finally:
        writer.close()
        beside.unlink(missing_ok=True)


def _describe(writer: gguf.GGUFWriter, config: Mapping[str, Any], *, half: bool) -> None:
    rope, width = config["rope_parameters"], config["head_dim"]
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if half else gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    if width * config["num_attention_heads"] != config["hidden_size"]:
        writer.add_key_length(width)
        writer.add_value_length(width)
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    pauses = (config.get(RECORDED) or {}).get("pauses")
    if pauses is not None:
        writer.add_uint32(PAUSES, pauses)


def _rotated(config: Mapping[str, Any]) -> list[Tensor]:
    rope = config["rope_parameters"]
    if rope["rope_type"] != "llama3":
        return []
    return [Tensor("rope_freqs.weight", rotations(rope, config["head_dim"]))]


def _write(
    writer: gguf.GGUFWriter, directory: Path, parts: Sequence[Tensor], *, half: bool
) -> None:
    for part in parts:
        kind = _kind(part, half=half)
        room = int(np.prod(part.shape)) * kind.itemsize
        writer.add_tensor_info(part.name, part.shape, kind, room)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for part in parts:
        numbers = part.numbers()
        if half and not _fits(numbers):
            raise NotWritable(directory, f"{part.name} has numbers too large for float16")
        writer.write_tensor_data(numbers.astype(_kind(part, half=half)))


def _kind(part: Tensor, *, half: bool) -> np.dtype[Any]:
    return np.dtype(np.float16 if half and len(part.shape) > 1 else np.float32)


def _fits(numbers: Numbers) -> bool:
    return bool((np.abs(numbers) <= _LARGEST).all())
