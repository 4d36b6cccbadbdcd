"""A request as the JSON that llama.cpp's `/completion` takes. No I/O."""

import json

from engines.base import Request, Sampling
from engines.completions import asked_for

_SEEDS = 2**32 - 1
"""Seeds are smaller than this; this one would mean a random seed."""
_FIELDS = (
    "index", "content", "tokens", "stop", "tokens_predicted", "tokens_evaluated", "stop_type",
    "stopping_word", "timings/cache_n", "completion_probabilities",
)  # fmt: skip


def body_of(request: Request, context: int, pause: int | None) -> dict[str, object]:
    """Return what to ask. Samplers are named, for else some of the server's would bias us.

    The temperature comes before top_p, as in vLLM and OpenAI's API. `pause` is never drawn.
    """
    how, likeliest = request.sampling, asked_for(request.sampling)
    form = {} if how.json_schema is None else {"json_schema": json.loads(how.json_schema)}
    return {
        "prompt": list(request.ids),
        "n_cmpl": request.n,
        "n_predict": how.max_tokens,
        "stream": True,
        "return_tokens": True,
        "response_fields": list(_FIELDS),
        "cache_prompt": True,
        "samplers": ["penalties", "temperature", "top_p"],
        "temperature": how.temperature,
        "top_p": how.top_p,
        "top_k": 0,
        "min_p": 0,
        "presence_penalty": how.presence_penalty,
        "frequency_penalty": how.frequency_penalty,
        "repeat_last_n": context,
        "seed": request.seed % _SEEDS,
        "stop": list(how.stop),
        "n_probs": 0 if likeliest is None else max(1, likeliest),
        "logit_bias": _biases(how, pause),
        **form,
    }


def _biases(how: Sampling, pause: int | None) -> list[list[float | bool]]:
    """Return the bias on tokens; a pause has `false`, minus infinity, which no other outweighs."""
    banned: list[list[float | bool]] = [] if pause is None else [[pause, False]]
    return banned + [list(one) for one in how.bias]
