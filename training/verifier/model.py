"""A language model with a head that rates each token: made, frozen in part, asked. Needs torch."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedModel,
)

from training.tuning.errors import BadBase
from training.tuning.models import Base, device_of, is_causal
from training.verifier.config import TrainConfig


def verifier(base: Base | Path, config: TrainConfig) -> Base:
    """Make a verifier of a base, whose weights are copied; its head is drawn by the seed.

    A base that rates tokens already, with as many classes, keeps its head.

    Raises:
        BadBase: there is no model there, its tokens see those behind them, or it has fewer layers
            than are to stay.
    """
    made = _loaded(base, config) if isinstance(base, Path) else _copied(base, config)
    if not is_causal(made.model):
        raise BadBase("the base's tokens see those behind them: rewards would change by what comes")
    _freeze(made.model, config.freeze)
    made.model.config.id2label = dict(enumerate(config.labels))
    made.model.config.label2id = {label: column for column, label in enumerate(config.labels)}
    return Base(made.model.to(device_of(config.device)), made.tokenizer)


def opened(directory: Path, device: str = "auto") -> Base:
    """Read a verifier from its directory.

    Raises:
        BadBase: there is no model there.
    """
    try:
        model = AutoModelForTokenClassification.from_pretrained(directory, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except (OSError, ValueError) as error:
        raise BadBase(f"{directory} is no model of transformers: {error}") from error
    return Base(model.to(device_of(device)).eval(), tokenizer)


def _loaded(directory: Path, config: TrainConfig) -> Base:
    try:
        settings = AutoConfig.from_pretrained(directory, num_labels=config.classes)
        settings.classifier_dropout = config.dropout
        model, found = AutoModelForTokenClassification.from_pretrained(
            directory, config=settings, dtype=torch.float32, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadBase(f"no verifier can be made of {directory}: {error}") from error
    head = [name for name, _ in _head(model)]
    missing = set(found["missing_keys"])
    if missing - set(head):
        raise BadBase(f"{directory} lacks weights: {', '.join(sorted(missing - set(head)))}")
    if missing:
        _draw_head(model, config.seed)
    return Base(model, tokenizer)


def _copied(base: Base, config: TrainConfig) -> Base:
    settings = deepcopy(base.model.config)
    settings.num_labels, settings.classifier_dropout = config.classes, config.dropout
    try:
        model = AutoModelForTokenClassification.from_config(settings, dtype=torch.float32)
    except ValueError as error:
        raise BadBase(f"no verifier can be made of this base: {error}") from error
    if isinstance(base.model, type(model)) and base.model.num_labels == config.classes:
        model.load_state_dict(base.model.state_dict())
    else:
        model.base_model.load_state_dict(base.model.base_model.state_dict())
        _draw_head(model, config.seed)
    return Base(model, base.tokenizer)


def _head(model: PreTrainedModel) -> list[tuple[str, nn.Parameter]]:
    base = f"{model.base_model_prefix}."
    return [(name, w) for name, w in model.named_parameters() if not name.startswith(base)]


def _draw_head(model: PreTrainedModel, seed: int) -> None:
    """Draw the head anew, as the base's own weights were drawn."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in _head(model):
            if name.endswith("bias"):
                weight.zero_()
            else:
                weight.normal_(0, model.config.initializer_range, generator=chance)


def _freeze(model: PreTrainedModel, layers: int) -> None:
    stack = max(_stacks(model), key=len, default=nn.ModuleList())
    if layers > len(stack):
        raise BadBase(f"`freeze`: {layers} layers are to stay, and the base has {len(stack)}")
    embeddings = [m for m in model.base_model.modules() if isinstance(m, nn.Embedding)]
    for module in (*embeddings, *stack[:layers]) if layers else ():
        module.requires_grad_(False)


def _stacks(model: PreTrainedModel) -> Iterator[nn.ModuleList]:
    return (m for m in model.base_model.modules() if isinstance(m, nn.ModuleList))
