"""The laboratory's models as GGUF files, served by the real embedded engine."""

import json
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import save_file

from engines.llamacpp import LlamaCppConfig, open_llamacpp
from evaluation.lab.gguf import write_gguf
from evaluation.lab.tokens import VOCABULARY, prompt_ids
from training.gguf.errors import NotWritable

WIDTH, LAYERS, HEADS, INNER = 64, 2, 2, 96
CONFIG = {
    "model_type": "llama",
    "vocab_size": len(VOCABULARY),
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "head_dim": WIDTH // HEADS,
    "intermediate_size": INNER,
    "max_position_embeddings": 320,
    "rms_norm_eps": 1e-6,
    "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
    "attention_bias": True,
    "tie_word_embeddings": False,
}
SHAPES = {
    "self_attn.q_proj": (WIDTH, WIDTH),
    "self_attn.k_proj": (WIDTH, WIDTH),
    "self_attn.v_proj": (WIDTH, WIDTH),
    "self_attn.o_proj": (WIDTH, WIDTH),
    "mlp.gate_proj": (INNER, WIDTH),
    "mlp.up_proj": (INNER, WIDTH),
    "mlp.down_proj": (WIDTH, INNER),
}


def tensors() -> dict[str, np.ndarray]:
    """A trunk of chance, with biases and without a head that draws."""
    chance = np.random.default_rng(7)

    def drawn(*shape: int, scale: float = 0.2) -> np.ndarray:
        return (chance.standard_normal(shape) * scale).astype(np.float32)

    made = {
        "embed_tokens.weight": drawn(len(VOCABULARY), WIDTH, scale=1.0),
        "norm.weight": 1 + drawn(WIDTH),
    }
    for layer in (f"layers.{i}" for i in range(LAYERS)):
        made |= {f"{layer}.{part}.weight": drawn(*shape) for part, shape in SHAPES.items()}
        made |= {f"{layer}.{part}.bias": drawn(WIDTH) for part in list(SHAPES)[:4]}
        made |= {f"{layer}.{norm}.weight": 1 + drawn(WIDTH)
                 for norm in ("input_layernorm", "post_attention_layernorm")}  # fmt: skip
    return made


def folder(path: Path, **more: np.ndarray) -> Path:
    (path / "config.json").write_text(json.dumps(CONFIG))
    save_file(tensors() | more, path / "model.safetensors")
    return path


QUESTION = "(7+5)*3-8*2=?"
FIFTH = [0.9443, 0.1984, -0.6846, -0.3613]
LAST = [0.4919, 0.6266, -1.2227, -1.803, -0.3054, -0.0037, 1.621, 0.8736]
"""What transformers 5.19 makes of `tensors` behind tokens 5 and 14 of the question, in float32."""


@pytest.mark.embedded
@pytest.mark.parametrize("half", [False, True])
async def test_hidden_states_are_those_of_transformers(tmp_path: Path, half: bool):
    file = tmp_path / "m.gguf"
    write_gguf(folder(tmp_path), file, name="m", half=half)
    async with open_llamacpp(LlamaCppConfig(model=file, context=512, slots=1)) as engine:
        [states] = (await engine.states([prompt_ids(QUESTION)], request_id="it")).texts
    # The server's cache is of 16 bits; with one of 32 they are equal to five digits.
    assert states[5][:4] == pytest.approx(FIFTH, abs=0.01)
    assert states[14][:8] == pytest.approx(LAST, abs=0.01)


def test_a_file_has_every_tensor_and_only_matrices_are_halved(tmp_path: Path):
    file = tmp_path / "m.gguf"
    write_gguf(folder(tmp_path), file, name="m", half=True)
    kinds = {tensor.name: tensor.tensor_type.name for tensor in GGUFReader(file).tensors}
    assert len(kinds) == len(tensors())
    assert all((kind == "F16") == name.endswith(("attn_q.weight", "attn_k.weight", "attn_v.weight",
               "attn_output.weight", "ffn_gate.weight", "ffn_up.weight", "ffn_down.weight",
               "embd.weight")) for name, kind in kinds.items())  # fmt: skip


def test_a_verifiers_head_is_left_out(tmp_path: Path):
    head = {"score.weight": np.ones((2, WIDTH), np.float32), "score.bias": np.ones(2, np.float32)}
    write_gguf(folder(tmp_path, **head), tmp_path / "m.gguf", name="m")
    assert len(GGUFReader(tmp_path / "m.gguf").tensors) == len(tensors())


def test_what_is_no_llamas_is_refused(tmp_path: Path):
    odd = {"model.extra.weight": np.ones((1, WIDTH), np.float32)}
    with pytest.raises(NotWritable, match=r"extra\.weight is no tensor of a llama"):
        write_gguf(folder(tmp_path, **odd), tmp_path / "m.gguf", name="m")


@pytest.mark.parametrize("field", [{"model_type": "gpt2"}, {"vocab_size": 50_000}])
def test_another_model_is_refused(tmp_path: Path, field: dict[str, object]):
    where = folder(tmp_path)
    (where / "config.json").write_text(json.dumps(CONFIG | field))
    with pytest.raises(NotWritable, match=r"not a llama with silu|not the laboratory.s 32"):
        write_gguf(where, tmp_path / "m.gguf", name="m")
