"""What transformers makes of a model's folder. Runs inside `.venv-vllm`, and says it as JSON.

Ids of texts; and of each question: its conversation as the template has it, its ids and so many
pauses, the last hidden state behind them, and the likeliest tokens.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found]
from transformers import (  # type: ignore[import-not-found]
    AutoModelForCausalLM,
    AutoTokenizer,
)
from transformers.utils import logging  # type: ignore[import-not-found]

from training.pause import PAUSE


def told(
    folder: Path, *, texts: list[str], questions: list[str], pauses: int, most: int
) -> dict[str, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    behind = [tokenizer.convert_tokens_to_ids(PAUSE)] * pauses

    def answered(question: str) -> dict[str, Any]:
        chat = [{"role": "user", "content": question}]
        text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], *behind]
        read = torch.tensor([ids])
        with torch.inference_mode():
            state = model.model(read).last_hidden_state[0, -1].tolist()
            drawn = model.generate(read, max_new_tokens=most, do_sample=False)[0, len(ids) :]
        return {"prompt": text, "ids": ids, "state": state, "drawn": drawn.tolist()}

    return {
        "texts": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts],
        "answers": [answered(question) for question in questions],
    }


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    sys.stdout.write(json.dumps(told(Path(sys.argv[1]), **json.loads(sys.argv[2]))))
