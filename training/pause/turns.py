"""Pairs as the tokens that are served: a rendered prompt, and the response behind it. Needs torch.

The prompt is what the chat template writes up to where the assistant begins, tokenized by itself as
an engine does it: pauses follow its ids. The response is what the template writes from there to the
end of the turn, tokenized by itself too, as it is drawn; or the response as it is, of a template
that leaves responses out.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from jinja2.exceptions import TemplateError

from training.pairs import Pair
from training.pause.samples import Turn
from training.tuning.errors import BadBase
from training.tuning.models import Base


def turns(base: Base, pairs: Iterable[Pair], end: int) -> Iterator[Turn]:
    """Give each pair as ids; `end` is the token at which drawing stops.

    Raises:
        BadBase: the base has no chat template, or it writes another prompt when it is answered.
    """
    for pair in pairs:
        asked = [{"role": m.role, "content": m.content} for m in pair.conversation.messages]
        prompt = _rendered(base, asked, add_generation_prompt=True)
        answered = [*asked, {"role": "assistant", "content": pair.response}]
        whole = _rendered(base, answered, add_generation_prompt=False)
        if not whole.startswith(prompt):
            raise BadBase("the base's chat template writes another prompt once it is answered")
        target = base.tokenize(whole[len(prompt) :] or pair.response, False)
        # What the template writes behind the end of the turn is never drawn.
        stop = target.index(end) if end in target else len(target)
        yield Turn(pair.instruction, base.tokenize(prompt, False), (*target[:stop], end))


def _rendered(base: Base, messages: list[dict[str, Any]], *, add_generation_prompt: bool) -> str:
    try:
        text: str = base.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=add_generation_prompt
        )
    except (ValueError, TemplateError) as error:
        raise BadBase(f"the base's chat template does not take a pair: {error}") from error
    return text
