"""Finding out what a server can do, by asking it: once, when the service starts.

By token ids if it tokenises conversations and returns ids as vLLM does; else by text. Nothing is
sent that could harm a server: seeds above all, which end some builds of vLLM.
"""

import re
from dataclasses import replace
from typing import Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr

from engines.base import Capabilities, Engine, Sampling
from engines.completions import format_fields
from engines.errors import EngineError, EngineUnavailable, RequestRefused
from engines.generative_scoring import asked_for_scores
from engines.http import Transport
from engines.openai import OpenAI, reasoning_of
from engines.price import Price
from engines.thinking import Marked, Marks, Thinking, find_marks
from engines.tool_probe import shows_tools
from engines.vllm import Vllm

_log = structlog.get_logger("fathom.engine")
_SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([MB])(?![a-z])", re.IGNORECASE)
_GLIMPSE = 16
"""Tokens in which a model that thinks does not come to its answer."""
_FORM = Sampling(8, json_schema='{"type":"boolean"}')
_ASKED: list[JsonValue] = [{"role": "user", "content": "Say hello."}]


class VllmConfig(BaseModel):
    """A server that runs already: vLLM, or any that speaks OpenAI's API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["vllm"] = "vllm"
    url: str = Field(description="where it listens; /v1 at the end may be given or not")
    model: str | None = Field(default=None, description="the first that it lists, if not given")
    api_key: SecretStr | None = Field(default=None, description="sent to it as a bearer token")
    parameters: float | None = Field(
        default=None, gt=0, description="weights of the model; read off its name if not given"
    )
    price: Price | None = Field(default=None, description="of its tokens, to count their cost")
    seed: bool = Field(
        default=False,
        description="whether it may be sent seeds: some builds of vLLM die of them",
    )
    thinking: Marked = Field(
        default="probe", description="marks of the model's thinking; null if it does not think"
    )
    route: Literal["probe", "ids", "text"] = Field(
        default="probe", description="by token ids or by text; found out if not given"
    )
    labels: Literal["completions", "generative_scoring"] = Field(
        default="completions", description="where it is asked how likely a judge's labels are"
    )


def root_of(url: str) -> str:
    """Return a server's root: what paths such as `/v1/models` and `/tokenize` are added to."""
    return url.rstrip("/").removesuffix("/v1")


async def probe(transport: Transport, config: VllmConfig) -> Engine:
    """Find out what the server can do and return the engine for it.

    Raises:
        EngineError: it cannot be reached, or cannot generate at all.
    """
    card = await _card(transport, config)
    known = Capabilities(
        model=config.model or card["id"],
        context=card.get("max_model_len"),
        seed=config.seed,
        stops=4,
        parameters=config.parameters or _size(card),
        price=config.price,
    )
    engine: Engine | None = None
    if config.route != "text":
        engine = await _by_ids(transport, known, config.thinking)
    if engine is None and config.route == "ids":
        raise EngineUnavailable(f"{transport.base_url} does not take and return token ids")
    engine = engine or await _by_text(transport, known, config.thinking)
    if config.labels == "generative_scoring":
        engine = await asked_for_scores(transport, engine)
    able = engine.capabilities
    _log.info(
        "probed", url=transport.base_url, route="ids" if able.token_ids else "text", able=able
    )
    return engine


async def _card(transport: Transport, config: VllmConfig) -> dict[str, Any]:
    """Return what the server says of the model."""
    listed = (await transport.get("/v1/models")).get("data") or []
    found = [card for card in listed if config.model in (None, card.get("id"))]
    if found:
        return dict(found[0])
    if config.model is None:
        raise EngineUnavailable(f"{transport.base_url} lists no model; set the engine's `model`")
    names = ", ".join(str(card.get("id")) for card in listed)
    raise EngineUnavailable(f"{transport.base_url} has no model {config.model}; it has {names}")


def size_of(name: str) -> float | None:
    """Return the weights that a model's name tells ("SmolLM2-135M", "Qwen2.5-7B"), if it does."""
    told = _SIZE.search(name)
    return None if told is None else float(told[1]) * {"M": 1e6, "B": 1e9}[told[2].upper()]


def _size(card: dict[str, Any]) -> float | None:
    """Return the weights of a model: as its card says, or as its name does."""
    told = (card.get("meta") or {}).get("n_params")
    if told:
        return float(told)
    return size_of(str(card.get("root") or "")) or size_of(str(card.get("id") or ""))


async def _by_ids(transport: Transport, known: Capabilities, marked: Marked) -> Engine | None:
    """Return an engine by token ids, or `None` if the server does not do all it takes."""

    async def tokenize(text: str) -> tuple[int, ...]:
        asked = {"model": known.model, "prompt": text, "add_special_tokens": False}
        answer = await transport.post("/tokenize", asked, request_id="probe")
        return tuple(answer["tokens"])

    tokens = await _rendered(transport, known)
    if tokens is None:
        return None
    thinking = await find_marks(marked, tokenize)
    able = replace(
        known,
        context=tokens.get("max_model_len") or known.context,
        token_ids=True,
        continues=True,
        alternatives=20,
        thinking=thinking,
        caps_thinking=thinking is not None,
    )
    # A server that parses the thinking holds to the schema only what comes behind it.
    behind = [*tokens["tokens"], *(await tokenize(thinking.skipped) if thinking else ())]
    form = {"prompt": behind, "max_tokens": _FORM.max_tokens, **format_fields(_FORM)}
    held = await _tries(transport, able, form, "/v1/completions")
    structured = held is not None and _kept(held)
    tools = await shows_tools(lambda asked: _tokens(transport, able, asked))
    return Vllm(transport, replace(able, structured=structured, tools=tools))


async def _rendered(transport: Transport, known: Capabilities) -> dict[str, Any] | None:
    """Return a conversation as the server tokenizes it, if it draws from ids and returns them."""
    try:
        tokens = await transport.post(
            "/tokenize",
            {"model": known.model, "messages": _ASKED, "add_generation_prompt": True},
            request_id="probe",
        )
        draw: dict[str, Any] = {"model": known.model, "prompt": tokens["tokens"], "max_tokens": 1}
        draw |= {"logprobs": 1, "return_token_ids": True}
        drawn = await transport.post("/v1/completions", draw, request_id="probe")
        ids = drawn["choices"][0]["token_ids"]
    except (EngineError, KeyError, TypeError, IndexError) as error:
        _log.debug("no token ids", url=transport.base_url, reason=repr(error))
        return None
    whole = bool(ids) and all(isinstance(token, int) for token in ids)
    return dict(tokens) if whole else None


async def _by_text(transport: Transport, known: Capabilities, marked: Marked) -> Engine:
    """Return an engine by text, with what this server does of the optional."""
    alternatives = await _alternatives(transport, known)
    samples = 1024 if await _tries(transport, known, {"n": 2}) else 1
    continues, echoes = await _continues(transport, known)
    form = {"max_tokens": _FORM.max_tokens, **format_fields(_FORM)}
    held = await _tries(transport, known, form)
    thinking, caps_thinking = await _thinks(transport, known, marked)
    able = replace(
        known,
        alternatives=alternatives,
        samples=samples,
        # Templates and parsers take the thinking out of a turn that is given back to them.
        continues=continues and thinking is None,
        structured=held is not None and _kept(held),
        tools=await shows_tools(lambda asked: _prompt_tokens(transport, known, asked)),
        thinking=thinking,
        caps_thinking=caps_thinking,
    )
    return OpenAI(transport, able, echoes=echoes)


async def _thinks(
    transport: Transport, known: Capabilities, marked: Marked
) -> tuple[Thinking | None, bool]:
    """Return how the model shows its thinking, if it does, and whether the server can limit it.

    Servers pass over fields they do not know: the limit is kept if an answer comes at once where
    none came without it.
    """
    if marked is None:
        return None, False
    free = await _tries(transport, known, {"max_tokens": _GLIMPSE})
    thought, said = _parts(free)
    marks = Marks() if marked == "probe" else marked
    if marked == "probe" and not thought and not said.lstrip().startswith(marks.start):
        return None, False
    thinking = marks.thinking()
    short = {"max_tokens": _GLIMPSE, "thinking_token_budget": 1}
    limited = await _tries(transport, known, short)
    return thinking, bool(_answered(thinking, limited) and not _answered(thinking, free))


def _parts(answer: dict[str, Any] | None) -> tuple[str, str]:
    """Return the thinking that a server parsed, and what else it said."""
    message = answer["choices"][0]["message"] if answer else {}
    return reasoning_of(message), message.get("content") or ""


def _answered(thinking: Thinking, answer: dict[str, Any] | None) -> str:
    """Return what there is of an answer."""
    thought, said = _parts(answer)
    return said.strip() if thought else thinking.split(said)[1].strip()


async def _alternatives(transport: Transport, known: Capabilities) -> int:
    for top in (20, 5):
        answer = await _tries(transport, known, {"logprobs": True, "top_logprobs": top})
        choice = answer["choices"][0] if answer else {}
        if (choice.get("logprobs") or {}).get("content"):
            return top
    return 0


async def _continues(transport: Transport, known: Capabilities) -> tuple[bool, bool]:
    """Say whether the server continues an assistant's turn, and whether it repeats it then.

    A turn that is continued adds its own tokens to the prompt. One that is closed and followed by
    another adds the template's marks as well: four tokens and more.
    """
    turn: list[JsonValue] = [*_ASKED, {"role": "assistant", "content": "hello"}]
    flags: dict[str, JsonValue] = {"continue_final_message": True, "add_generation_prompt": False}
    alone = await _tries(transport, known, {})
    begun = await _tries(transport, known, {"messages": turn, **flags})
    stopped = await _tries(transport, known, {"max_tokens": 24, "stop": ["e", "a", "o", "i"]})
    if not alone or not begun or not stopped:
        return False, False
    named = {"stop_reason", "matched_stop"} & stopped["choices"][0].keys()
    added = begun["usage"]["prompt_tokens"] - alone["usage"]["prompt_tokens"]
    text = begun["choices"][0]["message"]["content"] or ""
    # Without the name of the stop string a step's end looks like the solution's.
    return bool(named) and 0 < added <= 2, text.startswith("hello")  # noqa: PLR2004


async def _tokens(
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


async def _prompt_tokens(
    transport: Transport, known: Capabilities, asked: dict[str, Any]
) -> int | None:
    """Return how many tokens a conversation has, `None` if refused."""
    answer = await _tries(transport, known, asked)
    return None if answer is None else int(answer["usage"]["prompt_tokens"])


def _kept(answer: dict[str, Any]) -> bool:
    """Say whether an answer is of the form asked for: servers pass over fields they do not know."""
    choice = answer["choices"][0]
    said = choice.get("text") or (choice.get("message") or {}).get("content") or ""
    return said.strip() in ("true", "false")


async def _tries(
    transport: Transport,
    known: Capabilities,
    fields: dict[str, Any],
    path: str = "/v1/chat/completions",
) -> dict[str, Any] | None:
    """Return the answer to a smallest completion with these fields, `None` if refused."""
    asked = {"max_tokens": 1} if "prompt" in fields else {"messages": _ASKED, "max_tokens": 1}
    body: dict[str, Any] = {"model": known.model, **asked}
    try:
        answer = await transport.post(path, body | fields, request_id="probe")
    except RequestRefused as error:
        _log.debug("refused", url=transport.base_url, fields=sorted(fields), reason=str(error))
        return None
    return dict(answer)
