"""The most that a request can draw and cost, before anything is known of what it will draw."""

from engines.base import Capabilities, Sampling
from engines.errors import ContextOverflow
from engines.phases import in_phases
from engines.tool_prompt import in_words
from scorers.base import Candidate
from search.budget import Ask

_TEMPLATE_TOKENS = 256
"""More than chat templates add; only where a server renders the prompt and we cannot count it."""


def ask_of(parent: Candidate, how: Sampling, able: Capabilities) -> Ask:
    """Return what a request can cost; one in two phases has everything read once more."""
    bound = _prompt_bound(parent) + len(how.pauses)
    if not in_phases(parent.prompt, parent.text, how):
        return Ask(bound, able)
    return Ask(2 * bound, able, again=bound + how.max_tokens)


def _prompt_bound(parent: Candidate) -> int:
    """Return the most tokens the prompt can have: a token is at least one byte of text."""
    if parent.prompt.ids is not None:
        return len(parent.prompt.ids) + parent.tokens
    turns = (len(m.content.encode()) for m in in_words(parent.prompt.conversation).messages)
    return sum(turns) + len(parent.text.encode()) + _TEMPLATE_TOKENS


def room_of(parent: Candidate, how: Sampling, most: int, able: Capabilities) -> int:
    """Return the tokens a candidate can still have: by `how`, by `most` of all, by the context.

    Raises:
        ContextOverflow: its prompt alone, or with the pauses behind it, fills the context.
    """
    room = min(how.max_tokens, most - parent.tokens)
    if able.context is None or parent.prompt.ids is None:
        return room
    used = len(parent.prompt.ids) + len(how.pauses) + parent.tokens
    if used >= able.context and not parent.steps:
        pauses = f", {len(how.pauses)} of them pauses" if how.pauses else ""
        raise ContextOverflow(
            f"the prompt has {used} tokens{pauses}; the model's context is {able.context}",
            param="messages" if parent.prompt.conversation.raw is None else "prompt",
        )
    return min(room, able.context - used)
