"""What a Llama's `config.json` says, in the words of either version of transformers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.gguf.errors import NotWritable

_NEEDED = (
    "hidden_size", "intermediate_size", "max_position_embeddings", "num_attention_heads",
    "num_hidden_layers", "rms_norm_eps", "vocab_size",
)  # fmt: skip
_ROPES = {"default": (), "linear": ("factor",), "llama3": (
    "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings",
)}  # fmt: skip
_THETA = 10000.0


def read_config(directory: Path) -> dict[str, Any]:
    """Return the configuration of a Llama, what it leaves unsaid filled in.

    `rope_parameters` has `rope_type`, `rope_theta` and what the type needs, as in transformers 5.

    Raises:
        NotWritable: there is none, or it is of another architecture.
    """
    told = _read(directory)
    kind, acts = told.get("model_type"), told.get("hidden_act", "silu")
    if kind != "llama" or acts != "silu":
        raise NotWritable(directory, f"it is a {kind} with {acts}, not a llama with silu")
    if missing := [name for name in _NEEDED if name not in told]:
        raise NotWritable(directory, f"its config.json lacks {', '.join(missing)}")
    heads = told["num_attention_heads"]
    told.setdefault("num_key_value_heads", heads)
    told["head_dim"] = told.get("head_dim") or told["hidden_size"] // heads
    told["rope_parameters"] = _rope(directory, told)
    return told


def _read(directory: Path) -> dict[str, Any]:
    try:
        told = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotWritable(directory, f"its config.json cannot be read: {error}") from error
    if not isinstance(told, dict):
        raise NotWritable(directory, "its config.json is no object")
    return told


def _rope(directory: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    given = told.get("rope_parameters") or told.get("rope_scaling") or {}
    kind = given.get("rope_type", given.get("type", "default"))
    if kind not in _ROPES:
        raise NotWritable(directory, f"its positions are rotated by {kind!r}, which is not written")
    if missing := [name for name in _ROPES[kind] if name not in given]:
        raise NotWritable(directory, f"its rotation by {kind!r} lacks {', '.join(missing)}")
    theta = given.get("rope_theta", told.get("rope_theta", _THETA))
    return {**given, "rope_type": kind, "rope_theta": theta}
