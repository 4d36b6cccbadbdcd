"""A model given its pause token: one more row of its embedding, and of its head. Needs torch.

The row is the mean of those before it. As a row of the head it is then the likeliest of few: its
logit is the mean of all, so that of V tokens it takes 1 / (V + 1) of the chance at the most, and
what the model said before it says still.
"""

import torch
from torch import Tensor

from training.pause import PAUSE
from training.tuning.errors import BadBase
from training.tuning.models import Base


def add_pause(base: Base) -> int:
    """Give a model and its tokenizer the pause token, and return its id.

    A token of that name that is there already stays as it is: it was trained, maybe. A row that no
    token has is taken before the embedding grows; else it grows by one.

    Raises:
        BadBase: the tokenizer has more tokens than the model, or takes the name for several.
    """
    model, tokenizer = base.model, base.tokenizer
    known = PAUSE in tokenizer.get_vocab()
    tokenizer.add_special_tokens(
        {"extra_special_tokens": [PAUSE]}, replace_extra_special_tokens=False
    )
    pause: int = tokenizer.convert_tokens_to_ids(PAUSE)
    if base.tokenize(PAUSE * 2, False) != (pause, pause):
        raise BadBase(f"the base's tokenizer does not take {PAUSE} for one token")
    rows = model.get_input_embeddings().num_embeddings
    if pause > rows:
        raise BadBase(f"the base has {rows} embeddings, and its tokenizer {pause} tokens")
    if pause == rows:
        model.resize_token_embeddings(rows + 1, mean_resizing=False)
    if not known:
        _begin(base, pause)
    return pause


def _begin(base: Base, pause: int) -> None:
    """Make a row the mean of those before it, wherever tokens have rows."""
    embedding, head = base.model.get_input_embeddings(), base.model.get_output_embeddings()
    found: list[Tensor | None] = [embedding.weight]
    if head is not None:
        found += [head.weight, getattr(head, "bias", None)]
    with torch.no_grad():
        # One that is tied is set to the same twice.
        for weight in found:
            if weight is not None:
                weight[pause] = weight[:pause].float().mean(0)
