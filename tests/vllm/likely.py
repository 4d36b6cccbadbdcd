"""Prints what transformers makes of texts: log P of each token after those before it.

Runs inside `.venv-vllm`. Reads `{"model": DIRECTORY, "texts": [[ids], ...]}` from standard input.
"""

import json
import sys

import torch  # type: ignore[import-not-found]
from transformers import AutoModelForCausalLM  # type: ignore[import-not-found]


@torch.no_grad()
def main() -> None:
    asked = json.load(sys.stdin)
    model = AutoModelForCausalLM.from_pretrained(asked["model"], dtype=torch.float32)
    told = []
    for ids in asked["texts"]:
        tokens = torch.tensor(ids)
        logprobs = model(tokens[None]).logits[0, :-1].log_softmax(-1)
        told.append(logprobs.gather(1, tokens[1:, None])[:, 0].tolist())
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
