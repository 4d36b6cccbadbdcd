"""Makes two verifiers by `fathom train`, and rates with them. Runs inside `.venv-vllm`.

One reads whole texts, and one steps tokenized by themselves. Their base is a Llama of some weights
that has learnt nothing, with SmolLM2's tokenizer.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found]
from transformers import (  # type: ignore[import-not-found]
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
)

from app.cli import create_cli
from training.examples import read_examples
from training.verifier.rate import opened_rater, rate

VERIFIERS = {"prm": "lines", "orm": "trl"}
"""What is trained, and the family it is written for as."""


def write_base(tokenizer: Path, target: Path) -> None:
    """Save the base."""
    torch.manual_seed(0)
    known = AutoTokenizer.from_pretrained(tokenizer)
    config = LlamaConfig(
        vocab_size=len(known),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=128,
        max_position_embeddings=2048,
        bos_token_id=known.bos_token_id,
        eos_token_id=known.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(target)
    known.save_pretrained(target)


def train(kind: str, family: str, folder: Path) -> None:
    """Run `fathom train` with the base and the solutions in a folder."""
    given = {
        "--data": folder / "data.jsonl", "--base": folder / "base", "--out": folder / kind,
        "--family": family, "--learning-rate": 0.01, "--epochs": 8, "--batch-tokens": 512,
        "--patience": 100,
    }  # fmt: skip
    words = [str(word) for flag in given.items() for word in flag]
    create_cli()(["train", kind, *words], standalone_mode=False)


def rated(verifier: Path, data: Path) -> dict[str, Any]:
    """Return the rewards and the ids of each solution, and the bias of the verifier's head."""
    examples = list(read_examples(data))
    rater = opened_rater(verifier, "cpu")
    ids = [rater.reader.read(example).ids for example in examples]
    rewards = rate(verifier, examples, "cpu")
    return {"rewards": rewards, "ids": ids, "bias": rater.model.score.bias.tolist()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=Path, help="the directory of the base's tokenizer")
    parser.add_argument("folder", type=Path, help="has data.jsonl; what is made goes there too")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    write_base(arguments.tokenizer, folder / "base")
    for kind, family in VERIFIERS.items():
        train(kind, family, folder)
        found = rated(folder / kind, folder / "data.jsonl")
        (folder / f"{kind}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
