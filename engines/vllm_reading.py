"""vLLM's `prompt_logprobs`: how likely it finds each token of a prompt.

Facts: a request with them never reads the prefix cache; 0 asks for the prompt's own tokens alone;
the reply has an entry for each token, null for the first, else `{"17": {"logprob": -2.5, ...}}`;
several prompts go in one request, and come back as choices in their order; at least one token is
drawn behind each.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from engines.base import Capabilities, Usage
from engines.completions import sensible
from engines.errors import ContextOverflow, EngineUnavailable, Unsupported
from engines.http import Transport
from engines.prompt_logprobs import PromptLogprobs
from engines.trying import tries


async def read_prompts(
    transport: Transport, able: Capabilities, texts: Sequence[Sequence[int]], request_id: str
) -> PromptLogprobs:
    """Return the log-probabilities of (N,) texts; see `ReadsPrompts.prompt_logprobs`."""
    _check(able, texts, request_id)
    asked = [list(ids) for ids in texts if len(ids) > 1]
    if not asked:
        return PromptLogprobs(((),) * len(texts), Usage())
    body = {"model": able.model, "prompt": asked, "max_tokens": 1, "prompt_logprobs": 0}
    with sensible(request_id):
        answer = await transport.post("/v1/completions", body, request_id=request_id)
        choices = sorted(answer["choices"], key=lambda choice: int(choice["index"]))
        told = iter([_told(*one) for one in zip(choices, asked, strict=True)])
        usage = able.bill(answer["usage"]["prompt_tokens"], 0, len(asked))
    return PromptLogprobs(tuple(next(told) if len(ids) > 1 else () for ids in texts), usage)


async def longest_prompt(transport: Transport, able: Capabilities, ids: Sequence[int]) -> int:
    """Return how long a text may be that the server tells log-probabilities of; 0 if of none.

    `ids` is any prompt, of two tokens and more.
    """
    asked = {"prompt": list(ids), "prompt_logprobs": 0}
    answer = await tries(transport, able, asked, "/v1/completions")
    # Servers pass over fields they do not know.
    if answer is None or not answer["choices"][0].get("prompt_logprobs"):
        return 0
    return (able.context or len(ids) + 1) - 1


def _check(able: Capabilities, texts: Sequence[Sequence[int]], request_id: str) -> None:
    most, longest = able.prompt_logprobs, max(map(len, texts), default=0)
    if not most:
        raise Unsupported("the server tells no log-probabilities of given texts")
    if longest > most:
        raise ContextOverflow(
            f"request {request_id} reads a text of {longest} tokens; log-probabilities are told "
            f"of {most} at most"
        )


def _told(choice: Mapping[str, Any], ids: Sequence[int]) -> tuple[float, ...]:
    entries = choice["prompt_logprobs"]
    pairs = zip(entries[1:], ids[1:], strict=True)
    told = tuple(float(entry[str(token)]["logprob"]) for entry, token in pairs)
    if not all(map(isfinite, told)):
        raise EngineUnavailable("a log-probability is no number")
    return told
