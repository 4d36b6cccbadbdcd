"""Finding out whether a model can be given pauses: it has the token, and can be kept from it."""

import structlog

from engines.base import Capabilities
from engines.completions import ban_fields
from engines.errors import RequestRefused
from engines.http import Transport
from engines.pauses import Tokenize, find_pause
from engines.trying import first_token, tokenized

_log = structlog.get_logger("fathom.engine")


async def served_pause(transport: Transport, able: Capabilities, prompt: list[int]) -> int | None:
    """Return a vLLM server's pause token, if that is not drawn even where all else says so.

    It could end in answers else. Without a bias there is no telling.

    Raises:
        EngineError: it could not be asked.
    """

    async def tokenize(text: str) -> tuple[int, ...]:
        return await tokenized(transport, able, text)

    async def detokenize(token: int) -> str:
        asked = {"model": able.model, "tokens": [token]}
        return str((await transport.post("/detokenize", asked, request_id="probe"))["prompt"])

    try:
        pause = await find_pause(tokenize, detokenize) if able.biased else None
    except RequestRefused as error:
        _log.debug("no pauses", url=transport.base_url, reason=str(error))
        return None
    if pause is None:
        return None
    likeliest = {"logit_bias": {str(pause): 100}, "temperature": 0, **ban_fields(pause)}
    drawn = await first_token(transport, able, prompt, likeliest)
    return None if drawn in (None, [pause]) else pause


async def embedded_pause(transport: Transport, tokenize: Tokenize) -> int | None:
    """Return the embedded engine's pause token; llama.cpp does not draw what is forbidden.

    Raises:
        EngineError: it could not be asked.
    """

    async def detokenize(token: int) -> str:
        asked = {"tokens": [token]}
        return str((await transport.post("/detokenize", asked, request_id="probe"))["content"])

    return await find_pause(tokenize, detokenize)
