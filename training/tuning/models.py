"""Models of transformers and their tokenizers: told apart, put somewhere, asked. Needs torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from training.tuning.errors import BadBase
from training.tuning.rows import Tokenize

_SAMPLED = 1024
"""Numbers of each weight that tell one model from another."""
_ROUNDING = 1e-4


@dataclass(frozen=True, slots=True)
class Base:
    """A model and its tokenizer: what another is made of, or one that is made."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def tokenize(self) -> Tokenize:
        """How texts become its ids."""
        return lambda text, special: tuple(
            self.tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"]
        )


def device_of(name: str) -> torch.device:
    """Return a device by its name; `auto` is a GPU if there is one.

    Raises:
        BadBase: there is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise BadBase(f"the device {name!r} cannot be used: {error}") from error


def logits(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> Tensor:
    """Return the (B, T, C) logits of (B,) rows of ids, padded on the right to the longest.

    A token sees only those before it, so that padding behind needs no mask.
    """
    width = max(map(len, rows))
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    for row, whole in enumerate(rows):
        ids[row, : len(whole)] = torch.tensor(whole)
    return model(input_ids=ids.to(model.device), use_cache=False).logits.float()


def is_causal(model: PreTrainedModel) -> bool:
    """Whether the first token's logits stay as they are when the second is another."""
    model.eval()
    with torch.inference_mode():
        one, other = logits(model, [(1, 2)]), logits(model, [(1, 3)])
    return bool(torch.allclose(one[0, 0], other[0, 0], rtol=_ROUNDING, atol=0))


def fingerprint(model: PreTrainedModel) -> str:
    """Return what tells a model from others: a hash of some numbers of each of its weights."""
    found = sha256()
    for name, weight in model.named_parameters():
        found.update(f"{name} {tuple(weight.shape)}".encode())
        found.update(weight.detach().flatten()[:_SAMPLED].float().cpu().numpy().tobytes())
    return found.hexdigest()
