"""The smallest requests there are, to see what a server makes of a field."""

from typing import Any

import structlog
from pydantic import JsonValue

from engines.base import Capabilities
from engines.errors import RequestRefused
from engines.http import Transport
from engines.openai import reasoning_of

_log = structlog.get_logger("fathom.engine")
ASKED: list[JsonValue] = [{"role": "user", "content": "Say hello."}]


async def tries(
    transport: Transport,
    known: Capabilities,
    fields: dict[str, Any],
    path: str = "/v1/chat/completions",
) -> dict[str, Any] | None:
    """Return the answer to a smallest completion with these fields, `None` if refused."""
    asked = {"max_tokens": 1} if "prompt" in fields else {"messages": ASKED, "max_tokens": 1}
    body: dict[str, Any] = {"model": known.model, **asked}
    try:
        answer = await transport.post(path, body | fields, request_id="probe")
    except RequestRefused as error:
        _log.debug("refused", url=transport.base_url, fields=sorted(fields), reason=str(error))
        return None
    return dict(answer)


def parts_of(answer: dict[str, Any] | None) -> tuple[str, str]:
    """Return the thinking that a server parsed, and what else it said."""
    message = answer["choices"][0]["message"] if answer else {}
    return reasoning_of(message), message.get("content") or ""


async def tokenized(transport: Transport, able: Capabilities, text: str) -> tuple[int, ...]:
    """Return the tokens of a text by itself."""
    asked = {"model": able.model, "prompt": text, "add_special_tokens": False}
    answer = await transport.post("/tokenize", asked, request_id="probe")
    return tuple(answer["tokens"])


async def tokens_of(
    transport: Transport, able: Capabilities, asked: dict[str, Any]
) -> list[int] | None:
    """Return the tokens of a conversation, `None` if refused."""
    body = {"model": able.model, "add_generation_prompt": True, **asked}
    try:
        answer = await transport.post("/tokenize", body, request_id="probe")
    except RequestRefused as error:
        _log.debug("refused", url=transport.base_url, fields=sorted(asked), reason=str(error))
        return None
    return list(answer["tokens"])


async def prompt_tokens(
    transport: Transport, known: Capabilities, asked: dict[str, Any]
) -> int | None:
    """Return how many tokens a conversation has, `None` if refused."""
    answer = await tries(transport, known, asked)
    return None if answer is None else int(answer["usage"]["prompt_tokens"])


async def first_token(
    transport: Transport, known: Capabilities, prompt: list[int], fields: dict[str, Any]
) -> object | None:
    """Return the first token drawn by a request with these fields, `None` if refused."""
    asked = {"prompt": prompt, "return_token_ids": True, **fields}
    answer = await tries(transport, known, asked, "/v1/completions")
    return None if answer is None else answer["choices"][0]["token_ids"]


async def said_to(
    transport: Transport, known: Capabilities, fields: dict[str, Any]
) -> object | None:
    """Return what is said to a smallest request with these fields, `None` if refused."""
    answer = await tries(transport, known, fields)
    return None if answer is None else parts_of(answer)


def is_kept(answer: dict[str, Any]) -> bool:
    """Say whether an answer is of the form asked for: servers pass over fields they do not know."""
    choice = answer["choices"][0]
    said = choice.get("text") or (choice.get("message") or {}).get("content") or ""
    return said.strip() in ("true", "false")
