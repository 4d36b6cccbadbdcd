"""What transformers makes of the laboratory's models: rewards of solutions, and a greedy answer.

Runs inside `.venv-vllm`; knows nothing of servers.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from evaluation.lab.models import PRM, REASONER
from tests.vllm.lab_solutions import EXAMPLES, QUESTION
from training.verifier.rate import rate
from weights import LAB


def answer(folder: Path, question: str) -> str:
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(f"{question}\n", return_tensors="pt")["input_ids"]
    drawn = model.generate(ids, max_new_tokens=150, do_sample=False)[0, ids.shape[1] :]
    return str(tokenizer.decode(drawn, skip_special_tokens=True))


def main() -> None:
    rewards = rate(LAB / PRM, EXAMPLES, "cpu")
    told = {"rewards": rewards, "answer": answer(LAB / REASONER, QUESTION)}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
