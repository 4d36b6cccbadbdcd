"""The most that a request can cost, before anything is known of what it will draw."""

from engines.base import Capabilities, Sampling
from engines.phases import in_phases
from engines.tool_prompt import in_words
from scorers.base import Candidate
from search.budget import Ask

_TEMPLATE_TOKENS = 256
"""More than chat templates add; only where a server renders the prompt and we cannot count it."""


def ask_of(parent: Candidate, how: Sampling, able: Capabilities) -> Ask:
    """Return what a request can cost; one in two phases has everything read once more."""
    bound = _prompt_bound(parent)
    if not in_phases(parent.prompt, parent.text, how):
        return Ask(bound, able)
    return Ask(2 * bound, able, again=bound + how.max_tokens)


def _prompt_bound(parent: Candidate) -> int:
    """Return the most tokens the prompt can have: a token is at least one byte of text."""
    if parent.prompt.ids is not None:
        return len(parent.prompt.ids) + parent.tokens
    turns = (len(m.content.encode()) for m in in_words(parent.prompt.conversation).messages)
    return sum(turns) + len(parent.text.encode()) + _TEMPLATE_TOKENS
