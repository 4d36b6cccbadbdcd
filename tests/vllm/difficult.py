"""Prints IFD and r-IFD of pairs as transformers has them, by its own templates and losses.

Runs inside `.venv-vllm`. Reads `{"model": DIRECTORY, "pairs": [{"asked": [turns], "response": TEXT,
"guessed": [turns], "instruction": TEXT}, ...]}` from standard input.
"""

import json
import math
import sys

import torch  # type: ignore[import-not-found]
from transformers import AutoModelForCausalLM, AutoTokenizer  # type: ignore[import-not-found]

IGNORED = -100


@torch.no_grad()
def main() -> None:
    asked = json.load(sys.stdin)
    words = AutoTokenizer.from_pretrained(asked["model"])
    model = AutoModelForCausalLM.from_pretrained(asked["model"], dtype=torch.float32)

    def loss(before: list[int], own: list[int]) -> float:
        ids = torch.tensor([before + own])
        labels = torch.tensor([[IGNORED] * len(before) + own])
        return model(ids, labels=labels).loss.item()

    def ratio(turns: list[dict[str, str]], text: str) -> float:
        shown = words.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        before = words(shown, add_special_tokens=False).input_ids
        own = words(text, add_special_tokens=False).input_ids
        return math.exp(loss(before, own) - loss([], words(text).input_ids))

    told = [
        [ratio(pair["asked"], pair["response"]), ratio(pair["guessed"], pair["instruction"])]
        for pair in asked["pairs"]
    ]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
