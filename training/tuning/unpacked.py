"""A language model unpacked from a GGUF file, to be trained on. Needs torch, gguf and accelerate.

What was quantised in the file stays as coarse as it was: the weights are what the file's stand for,
in float32.
"""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.tuning.errors import BadBase
from training.tuning.models import Base


def unpacked(file: Path) -> Base:
    """Read a model and its tokenizer from a GGUF file.

    Raises:
        BadBase: transformers makes no language model of it.
    """
    source = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    try:
        read = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(**source)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise BadBase(f"{file} is no language model that transformers reads: {error}") from error
    # One read from GGUF refuses to be saved; one made from its configuration does not.
    del read.config.quantization_config
    model = AutoModelForCausalLM.from_config(read.config, dtype=torch.float32)
    model.load_state_dict(read.state_dict())
    model.generation_config = read.generation_config
    return Base(model, tokenizer)
