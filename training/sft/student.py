"""A base opened as a student: with a chat template, and an end of its turns. Needs torch."""

from copy import deepcopy
from pathlib import Path

import torch
from jinja2.exceptions import TemplateError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from training.sft.chat import BadTemplate, Chat, Turn
from training.sft.template import template
from training.tuning.errors import BadBase
from training.tuning.models import Base


def opened(base: Base | Path) -> Base:
    """Open a base in float32, or copy one in memory; it has a chat template then.

    Raises:
        BadBase: there is no causal language model there, or nothing ends its texts.
    """
    made = _loaded(base) if isinstance(base, Path) else deepcopy(base)
    if made.tokenizer.chat_template is None:
        if made.tokenizer.eos_token_id is None:
            raise BadBase("the base has no chat template, and no token to end a response by")
        made.tokenizer.chat_template = template(begun=_begun(made.tokenizer))
    return made


def chat_of(base: Base) -> Chat:
    """Return how a base has its conversations written."""
    tokenizer = base.tokenizer
    added = tokenizer.added_tokens_decoder.items()
    special = {token.content: place for place, token in added if token.special}

    def write(turns: list[Turn], asking: bool) -> str:
        try:
            text: str = tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=asking
            )
        except (TemplateError, ValueError) as error:
            raise BadTemplate(f"the base's chat template takes no such turns: {error}") from error
        return text

    return Chat(write, base.tokenize, special, tokenizer.eos_token_id)


def end_turns_by(base: Base, end: int) -> None:
    """Have every server stop where a turn ends, whatever ended the base's texts."""
    drawing, before = base.model.generation_config, base.tokenizer.eos_token_id
    ends = drawing.eos_token_id if isinstance(drawing.eos_token_id, list) else [before]
    others = [token for token in ends if token not in (None, end)]
    drawing.eos_token_id = [end, *others] if others else end
    if before != end:
        base.tokenizer.eos_token = base.tokenizer.convert_ids_to_tokens(end)
        base.model.config.eos_token_id = end


def _loaded(directory: Path) -> Base:
    try:
        model, found = AutoModelForCausalLM.from_pretrained(
            directory, dtype=torch.float32, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(directory)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadBase(f"{directory} is no language model of transformers: {error}") from error
    if found["missing_keys"]:
        raise BadBase(f"{directory} lacks weights: {', '.join(sorted(found['missing_keys']))}")
    return Base(model, tokenizer)


def _begun(tokenizer: PreTrainedTokenizerBase) -> bool:
    first = tokenizer("a")["input_ids"][0]
    return bool(tokenizer.bos_token_id is not None and first == tokenizer.bos_token_id)
