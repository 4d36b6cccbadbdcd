"""A Llama inside a wider one that says the same, with room in its residual stream for more.

The narrow one's numbers come first, and its layers write nowhere else. What stands beside them has
to be small, for RMSNorm (arXiv:1910.07467) divides by the size of all of it.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForTokenClassification, LlamaModel


def widened(trunk: LlamaModel, room: int, layers: int, seed: int) -> LlamaForTokenClassification:
    """Return a trunk with `room` numbers more a token, and layers on top that change nothing yet.

    All its heads are of the trunk's size, and those of the new layers have biases. The new layers'
    weights and a head of two classes are drawn by the seed.
    """
    narrow = trunk.config
    width = narrow.hidden_size + room
    heads = width // narrow.head_dim
    settings = narrow.to_dict() | {
        "hidden_size": width,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "num_hidden_layers": narrow.num_hidden_layers + layers,
        "rms_norm_eps": narrow.rms_norm_eps * narrow.hidden_size / width,
        "attention_bias": True,
        "num_labels": 2,
        "architectures": None,
    }
    torch.manual_seed(seed)
    model = LlamaForTokenClassification(LlamaConfig(**settings))
    with torch.no_grad():
        _lay(model.model, trunk.state_dict(), narrow)
        for layer in model.model.layers[narrow.num_hidden_layers :]:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
    return model


def norm_of(trunk: LlamaModel, width: int) -> Tensor:
    """Return what a norm of `width` numbers multiplies by, to be the trunk's last norm."""
    narrow = trunk.config.hidden_size
    weight = torch.zeros(width)
    weight[:narrow] = trunk.norm.weight.detach() * (narrow / width) ** 0.5
    return weight


def _lay(wide: LlamaModel, known: Mapping[str, Tensor], narrow: LlamaConfig) -> None:
    """Put the narrow trunk's weights where they are in the wide one, and nothing beside them."""
    scale = (narrow.hidden_size / wide.config.hidden_size) ** 0.5
    kept = wide.layers[narrow.num_hidden_layers :], wide.norm
    later = {id(weight) for part in kept for weight in part.parameters()}
    for name, weight in wide.named_parameters():
        if name.endswith("bias"):
            weight.zero_()
        elif id(weight) not in later:
            _corner(weight, known[name] * (scale if weight.ndim == 1 else 1))


def _corner(weight: nn.Parameter, values: Tensor) -> None:
    weight.zero_()
    weight[tuple(slice(size) for size in values.shape)] = values
