"""What follows a hidden state: a model's output matrix, read out of its GGUF file.

llama.cpp's server tells log-probabilities of what it draws, and none of a text that is given. Its
hidden states, which it shows, times the output matrix are the logits; where a file has no such
matrix it is the embeddings', and tied. The server computes in 8 bits what is float32 here.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from engines.errors import Unsupported
from engines.states import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOGETHER = 64
"""Tokens whose logits there are at once: 13 MB of them where the vocabulary has 49,152."""
_BENT = (".logit_scale", ".final_logit_softcapping")
"""What makes logits something else than the product."""


def can_read() -> bool:
    """Say whether there is what reads output matrices: numpy and gguf, of the `embedded` extra."""
    return all(map(importlib.util.find_spec, ("numpy", "gguf")))


class OutputHead:
    """The output matrix of a model file.

    It is read when it is first asked, which takes seconds, and kept as float32, (V, d): 113 MB for
    the model that comes along. May be asked from several threads.
    """

    def __init__(self, model: Path) -> None:
        self._model, self._lock = model, Lock()
        self._known: NDArray[np.float32] | None = None

    def logprobs(self, states: Sequence[Vector], following: Sequence[int]) -> tuple[float, ...]:
        """Return (T,) log P of the tokens that follow (T, d) states, in nats.

        Raises:
            Unsupported: the model's logits are more than a product.
        """
        import numpy as np  # noqa: PLC0415

        rows, ids, matrix = np.asarray(states, np.float32), np.asarray(following), self._matrix()
        told: list[float] = []
        for first in range(0, len(ids), _TOGETHER):
            part = slice(first, first + _TOGETHER)
            logits = rows[part] @ matrix.T
            highest = logits.max(axis=1)
            total = np.log(np.exp(logits - highest[:, None]).sum(axis=1)) + highest
            told += (logits[np.arange(len(logits)), ids[part]] - total).tolist()
        return tuple(told)

    def _matrix(self) -> "NDArray[np.float32]":
        with self._lock:
            if self._known is None:
                self._known = _read(self._model)
            return self._known


def _read(model: Path) -> "NDArray[np.float32]":
    import numpy as np  # noqa: PLC0415
    from gguf import GGUFReader, dequantize  # noqa: PLC0415

    opened = GGUFReader(model)
    for name in opened.fields:
        if name.endswith(_BENT):
            raise Unsupported(f"log-probabilities cannot be told of a model with {name}")
    tensors = {tensor.name: tensor for tensor in opened.tensors}
    found = tensors.get("output.weight") or tensors["token_embd.weight"]
    return np.asarray(dequantize(found.data, found.tensor_type), np.float32)
