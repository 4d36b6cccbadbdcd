"""What transformers makes of a model's folder. Runs inside `.venv-vllm`, and says it as JSON.

Ids of texts; a conversation as its template has it, and its ids; behind it and so many pauses the
likeliest tokens, and the last hidden state.
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
    folder: Path, *, texts: list[str], question: str, pauses: int, most: int
) -> dict[str, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    chat = [{"role": "user", "content": question}]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    pause = tokenizer.convert_tokens_to_ids(PAUSE) if pauses else None
    ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], *[pause] * pauses]
    read = torch.tensor([ids])
    with torch.inference_mode():
        state = model.model(read).last_hidden_state[0, -1]
        drawn = model.generate(read, max_new_tokens=most, do_sample=False)[0, len(ids) :]
    texts_ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    return {
        "texts": texts_ids,
        "prompt": text,
        "pause": pause,
        "ids": ids,
        "state": state.tolist(),
        "drawn": drawn.tolist(),
    }


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    sys.stdout.write(json.dumps(told(Path(sys.argv[1]), **json.loads(sys.argv[2]))))
