"""Low-rank matrices beside a model's weights, arXiv:2106.09685. Needs torch and peft."""

import torch
from peft import LoraConfig, get_peft_model
from transformers import PreTrainedModel

from training.sft.settings import SftConfig
from training.tuning.errors import BadBase


def beside(model: PreTrainedModel, settings: SftConfig) -> PreTrainedModel:
    """Put the matrices beside the weights, which stay; one of each pair is drawn by the seed.

    Raises:
        BadBase: the model has no such layers.
    """
    assert settings.lora is not None
    torch.manual_seed(settings.seed)
    wanted = LoraConfig(
        r=settings.lora,
        lora_alpha=settings.lora_alpha or 2 * settings.lora,
        target_modules=list(settings.lora_targets) if settings.lora_targets else "all-linear",
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, wanted)
    except ValueError as error:
        raise BadBase(f"`lora_targets`: {error}") from error


def merged(model: PreTrainedModel) -> PreTrainedModel:
    """Add the matrices to the weights: a model as it was before, which serves as any other."""
    return model.merge_and_unload()
