"""A Llama that has learnt nothing, in a folder as transformers saves one. Its tokens are bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gguf.vocab import bytes_to_unicode
from safetensors.numpy import save_file

WIDTH, HEADS, SHARED, INNER = 64, 4, 2, 96
BYTES = list(bytes_to_unicode().values())
VOCABULARY = {text: i for i, text in enumerate([*BYTES, "ab", "abc"])}
BEGIN, END, PAUSE = len(VOCABULARY), len(VOCABULARY) + 1, len(VOCABULARY) + 2
ADDED = {"<begin>": BEGIN, "<end>": END, "<pause>": PAUSE}
SIZE = len(VOCABULARY) + len(ADDED)
CONFIG: Mapping[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "vocab_size": SIZE,
    "hidden_size": WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
    "num_key_value_heads": SHARED,
    "intermediate_size": INNER,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "eos_token_id": END,
}
GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
TEMPLATE = "<begin>{{ messages[0].content }}"
SHAPES = {
    "model.embed_tokens.weight": (SIZE, WIDTH),
    "model.norm.weight": (WIDTH,),
    "model.layers.0.input_layernorm.weight": (WIDTH,),
    "model.layers.0.post_attention_layernorm.weight": (WIDTH,),
    "model.layers.0.self_attn.q_proj.weight": (WIDTH, WIDTH),
    "model.layers.0.self_attn.k_proj.weight": (WIDTH // HEADS * SHARED, WIDTH),
    "model.layers.0.self_attn.v_proj.weight": (WIDTH // HEADS * SHARED, WIDTH),
    "model.layers.0.self_attn.o_proj.weight": (WIDTH, WIDTH),
    "model.layers.0.mlp.gate_proj.weight": (INNER, WIDTH),
    "model.layers.0.mlp.up_proj.weight": (INNER, WIDTH),
    "model.layers.0.mlp.down_proj.weight": (WIDTH, INNER),
}


def tensors() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    return {
        name: (chance.standard_normal(shape) / 8).astype(np.float32)
        for name, shape in SHAPES.items()
    }


def tokenizer(**more: Any) -> dict[str, Any]:
    """What `tokenizer.json` says; `more` replaces parts of it."""
    strict = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [{"id": i, "content": text, "special": True, **strict} for text, i in ADDED.items()]
    model = {"type": "BPE", "vocab": VOCABULARY, "merges": [["a", "b"], ["ab", "c"]]}
    return {
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": GPT2,
        "post_processor": None,
        "decoder": {"type": "ByteLevel"},
        "model": model,
        **more,
    }


def folder(path: Path, config: Mapping[str, Any] | None = None, **tokens: Any) -> Path:
    """Write the model; `config` and `tokens` replace parts of what its JSON says."""
    path.mkdir(parents=True, exist_ok=True)
    about = {"bos_token": "<begin>", "eos_token": {"content": "<end>"}, "chat_template": TEMPLATE}
    for name, told in (
        ("config.json", {**CONFIG, **(config or {})}),
        ("tokenizer.json", tokenizer(**tokens)),
        ("tokenizer_config.json", about),
    ):
        (path / name).write_text(json.dumps(told))
    save_file(tensors(), path / "model.safetensors")
    return path
