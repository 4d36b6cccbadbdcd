import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import save_file

from engines.llamacpp import LlamaCppConfig, open_llamacpp
from tests.training.gguf.world import PAUSE, SHAPES, SIZE, TEMPLATE, WIDTH, folder, tensors
from training.gguf.errors import NotWritable
from training.gguf.model import PAUSES, write
from training.gguf.tensors import rotations
from training.pause import RECORDED

LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}


def written(where: Path, *, half: bool = True) -> GGUFReader:
    write(where, where / "m.gguf", name="m", half=half)
    return GGUFReader(where / "m.gguf")


def said(file: GGUFReader, key: str) -> Any:
    return file.fields[key].contents()


def test_a_file_has_every_tensor_and_says_what_the_folder_does(tmp_path: Path):
    file = written(folder(tmp_path))
    assert len(file.tensors) == len(SHAPES)
    assert said(file, "llama.attention.head_count_kv") == 2
    assert said(file, "llama.rope.dimension_count") == WIDTH // 4
    assert said(file, "tokenizer.ggml.tokens")[PAUSE] == "<pause>"
    assert said(file, "tokenizer.chat_template") == TEMPLATE


def test_a_tied_head_is_not_written_twice(tmp_path: Path):
    where = folder(tmp_path)
    save_file(tensors() | {"lm_head.weight": np.ones((SIZE, WIDTH), np.float32)},
              where / "model.safetensors")  # fmt: skip
    assert "output.weight" not in {tensor.name for tensor in written(where).tensors}


def test_a_head_of_its_own_is_written_and_missed(tmp_path: Path):
    where = folder(tmp_path, {"tie_word_embeddings": False})
    with pytest.raises(NotWritable, match=r"no lm_head\.weight"):
        written(where)
    save_file(tensors() | {"lm_head.weight": np.ones((SIZE, WIDTH), np.float32)},
              where / "model.safetensors")  # fmt: skip
    assert "output.weight" in {tensor.name for tensor in written(where).tensors}


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ({"model_type": "mistral"}, "it is a mistral with silu"),
        ({"hidden_act": "gelu"}, "it is a llama with gelu"),
        ({"architectures": ["LlamaForTokenClassification"]}, "not a LlamaForCausalLM"),
        ({"rope_scaling": {"type": "yarn", "factor": 2}}, "'yarn'"),
        ({"rope_parameters": {"rope_type": "llama3"}}, "lacks factor, low_freq_factor"),
    ],
)
def test_another_model_is_refused(tmp_path: Path, config: dict[str, Any], what: str):
    with pytest.raises(NotWritable, match=what):
        written(folder(tmp_path, config))


def test_a_configuration_that_lacks_something_is_refused(tmp_path: Path):
    (folder(tmp_path) / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(NotWritable, match="lacks hidden_size"):
        written(tmp_path)


def test_numbers_too_large_for_float16_are_refused_and_nothing_is_left(tmp_path: Path):
    where = folder(tmp_path)
    large = tensors() | {"model.embed_tokens.weight": np.full((SIZE, WIDTH), 7e4, np.float32)}
    save_file(large, where / "model.safetensors")
    with pytest.raises(NotWritable, match="too large for float16"):
        written(where)
    assert not [path for path in where.iterdir() if "gguf" in path.name]
    assert written(where, half=False).tensors


def test_a_linear_rotation_is_said_and_llama_3s_is_a_tensor(tmp_path: Path):
    linear = {"rope_scaling": {"type": "linear", "factor": 4.0}}
    assert said(written(folder(tmp_path / "a", linear)), "llama.rope.scaling.factor") == 4
    file = written(folder(tmp_path / "b", {"rope_parameters": LLAMA3}))
    [found] = [tensor for tensor in file.tensors if tensor.name == "rope_freqs.weight"]
    assert found.data == pytest.approx(rotations(LLAMA3, WIDTH // 4))


def test_short_waves_stay_and_long_ones_are_slowed():
    found = rotations(LLAMA3, 16)
    # 64 tokens fit waves of 6.3 tokens ten times, of 32 twice, and of 167 and more not once.
    assert found[0] == 1
    assert found[1] == pytest.approx(1 / ((1 - 0.3250) / 8 + 0.3250), rel=1e-3)
    assert found[2:] == pytest.approx([8.0] * 6)


def test_a_file_says_with_how_many_pauses_it_is_to_be_served(tmp_path: Path):
    paused = {RECORDED: {"stages": ["pretrain", "finetune"], "pauses": 10}}
    assert said(written(folder(tmp_path / "a", paused)), PAUSES) == 10
    unsaid = {RECORDED: {"stages": ["pretrain"], "pauses": None}}
    assert PAUSES not in written(folder(tmp_path / "b", unsaid)).fields


@pytest.mark.embedded
async def test_a_pause_is_one_token_where_special_tokens_are_parsed_and_never_shown(tmp_path: Path):
    write(folder(tmp_path), tmp_path / "m.gguf", name="m")
    config = LlamaCppConfig(model=tmp_path / "m.gguf", context=256, slots=1)
    async with open_llamacpp(config) as engine:
        assert await engine.tokenize("abc<pause>") == (257, PAUSE)
        plain = {"content": "<pause>", "add_special": False, "parse_special": False}
        split = (await engine._http.post("/tokenize", plain, request_id="it"))["tokens"]
        asked = {"prompt": [0], "n_predict": 1, "logit_bias": [[PAUSE, 1e3]], "return_tokens": True}
        drawn = await engine._http.post("/completion", asked, request_id="it")
    assert len(split) == len("<pause>")
    assert (drawn["tokens"], drawn["content"]) == ([PAUSE], "")


ROTATED = [-0.0574, -0.0186, -0.0416, -0.1544, 0.0492, 0.0498, 0.0206, -0.2177]
"""What transformers 5.19 makes of the last of 200 tokens, in float32; rotated plainly, the first
number would be -0.1214."""


@pytest.mark.embedded
async def test_hidden_states_under_llama_3s_rotation_are_those_of_transformers(tmp_path: Path):
    where = folder(tmp_path, {"rope_parameters": LLAMA3})
    sharp = re.compile("q_proj|k_proj|o_proj")
    louder = {name: one * (8 if sharp.search(name) else 1) for name, one in tensors().items()}
    save_file(louder, where / "model.safetensors")
    write(where, where / "m.gguf", name="m", half=False)
    ids = [(7 * place) % 259 for place in range(200)]
    async with open_llamacpp(LlamaCppConfig(model=where / "m.gguf", context=256, slots=1)) as it:
        [states] = (await it.states([ids], request_id="it")).texts
    assert states[-1][:8] == pytest.approx(ROTATED, abs=0.005)
