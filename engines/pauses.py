"""Pause tokens: copies of one learnt token behind a prompt, over which a model can think unseen.

Knows what they are, and no server. Meaning comes by their places alone, so that all are the same.

Source: "Think before you speak", arXiv:2310.02226, section 3: M pauses are appended to the prompt,
what is put out before the last of them is ignored, and none is ever drawn.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from engines.base import Capabilities
from engines.errors import Unsupported

Tokenize: TypeAlias = Callable[[str], Awaitable[tuple[int, ...]]]
MARK = "<pause>"
"""What the token is called, in every vocabulary that has one."""
MOST = 1024
"""Pauses of one prompt, at most: the paper has 10 and 50."""
FIELD = "search.pause_tokens"
"""The field of a request that asks for them."""


def pauses_of(m: int, able: Capabilities) -> tuple[int, ...]:
    """Return the tokens of `m` pauses.

    Raises:
        Unsupported: the model has no one such token, or the server takes text only; as text they
            would be something else that the model was never taught.
    """
    if not m:
        return ()
    if able.pause is None:
        raise Unsupported(
            f"the engine of {able.model} has no one token {MARK} that it takes by its id",
            param=FIELD,
        )
    return (able.pause,) * m


async def find_pause(tokenize: Tokenize, detokenize: Callable[[int], Awaitable[str]]) -> int | None:
    """Return the id of a model's one pause token; `None` if it has none, or takes it for text."""
    ids = await tokenize(MARK)
    # A tokenizer that does not know it takes it for several tokens, or for the unknown one.
    if len(ids) != 1 or await tokenize(MARK * 2) != ids * 2:
        return None
    return ids[0] if (await detokenize(ids[0])).strip() == MARK else None
