"""Finding out what a server can do, by asking it: once, when the service starts.

By token ids if it tokenises conversations and returns ids as vLLM does; else by text. Nothing is
sent that could harm a server: seeds above all, which end some builds of vLLM.
"""

import re
from dataclasses import replace
from typing import Any, Literal, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, model_validator

from engines.base import Capabilities, Engine, Sampling
from engines.completions import format_fields
from engines.conversation import Images
from engines.errors import EngineError, EngineUnavailable
from engines.generative_scoring import asked_for_scores
from engines.http import Transport
from engines.openai import OpenAI
from engines.price import Price
from engines.thinking import Marked, Marks, Thinking, find_marks
from engines.token_probe import heeds_bias, sees_images
from engines.tool_probe import shows_tools
from engines.trying import (
    ASKED,
    first_token,
    is_kept,
    parts_of,
    prompt_tokens,
    said_to,
    tokens_of,
    tries,
)
from engines.vllm import Vllm
from engines.vllm_reading import longest_prompt

_log = structlog.get_logger("fathom.engine")
_SIZE = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([MB])(?![a-z])", re.IGNORECASE)
_GLIMPSE = 16
"""Tokens in which a model that thinks does not come to its answer."""
_FORM = Sampling(8, json_schema='{"type":"boolean"}')


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
    images: Images = Field(
        default="none",
        description="which images it is sent: those that are data, or any URL, too, which it then "
        "fetches; by text, for ids have no place for them",
    )

    @model_validator(mode="after")
    def _images_by_text(self) -> Self:
        if self.images != "none" and self.route == "ids":
            raise ValueError("images cannot go by token ids: set `route` to text, or leave it")
        return self


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
        images=config.images,
    )
    engine: Engine | None = None
    if config.route != "text" and config.images == "none":
        engine = await _by_ids(transport, known, config.thinking)
    if engine is None and config.route == "ids":
        raise EngineUnavailable(f"{transport.base_url} does not take and return token ids")
    engine = engine or await _by_text(transport, known, config.thinking)
    if config.images != "none":
        await _check_images(transport, known)
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
    held = await tries(transport, able, form, "/v1/completions")
    structured = held is not None and is_kept(held)
    tools = await shows_tools(lambda asked: tokens_of(transport, able, asked))
    biased = await heeds_bias(lambda asked: first_token(transport, able, tokens["tokens"], asked))
    reads = await longest_prompt(transport, able, tokens["tokens"])
    able = replace(able, structured=structured, tools=tools, biased=biased, prompt_logprobs=reads)
    return Vllm(transport, able)


async def _rendered(transport: Transport, known: Capabilities) -> dict[str, Any] | None:
    """Return a conversation as the server tokenizes it, if it draws from ids and returns them."""
    try:
        tokens = await transport.post(
            "/tokenize",
            {"model": known.model, "messages": ASKED, "add_generation_prompt": True},
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
    samples = 1024 if await tries(transport, known, {"n": 2}) else 1
    continues, echoes = await _continues(transport, known)
    form = {"max_tokens": _FORM.max_tokens, **format_fields(_FORM)}
    held = await tries(transport, known, form)
    thinking, caps_thinking = await _thinks(transport, known, marked)
    able = replace(
        known,
        alternatives=alternatives,
        samples=samples,
        # Templates and parsers take the thinking out of a turn that is given back to them.
        continues=continues and thinking is None,
        structured=held is not None and is_kept(held),
        tools=await shows_tools(lambda asked: prompt_tokens(transport, known, asked)),
        thinking=thinking,
        caps_thinking=caps_thinking,
        biased=await heeds_bias(lambda asked: said_to(transport, known, asked)),
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
    free = await tries(transport, known, {"max_tokens": _GLIMPSE})
    thought, said = parts_of(free)
    marks = Marks() if marked == "probe" else marked
    if marked == "probe" and not thought and not said.lstrip().startswith(marks.start):
        return None, False
    thinking = marks.thinking()
    short = {"max_tokens": _GLIMPSE, "thinking_token_budget": 1}
    limited = await tries(transport, known, short)
    return thinking, bool(_answered(thinking, limited) and not _answered(thinking, free))


def _answered(thinking: Thinking, answer: dict[str, Any] | None) -> str:
    """Return what there is of an answer."""
    thought, said = parts_of(answer)
    return said.strip() if thought else thinking.split(said)[1].strip()


async def _alternatives(transport: Transport, known: Capabilities) -> int:
    for top in (20, 5):
        answer = await tries(transport, known, {"logprobs": True, "top_logprobs": top})
        choice = answer["choices"][0] if answer else {}
        if (choice.get("logprobs") or {}).get("content"):
            return top
    return 0


async def _continues(transport: Transport, known: Capabilities) -> tuple[bool, bool]:
    """Say whether the server continues an assistant's turn, and whether it repeats it then.

    A turn that is continued adds its own tokens to the prompt. One that is closed and followed by
    another adds the template's marks as well: four tokens and more.
    """
    turn: list[JsonValue] = [*ASKED, {"role": "assistant", "content": "hello"}]
    flags: dict[str, JsonValue] = {"continue_final_message": True, "add_generation_prompt": False}
    alone = await tries(transport, known, {})
    begun = await tries(transport, known, {"messages": turn, **flags})
    stopped = await tries(transport, known, {"max_tokens": 24, "stop": ["e", "a", "o", "i"]})
    if not alone or not begun or not stopped:
        return False, False
    named = {"stop_reason", "matched_stop"} & stopped["choices"][0].keys()
    added = begun["usage"]["prompt_tokens"] - alone["usage"]["prompt_tokens"]
    text = begun["choices"][0]["message"]["content"] or ""
    # Without the name of the stop string a step's end looks like the solution's.
    return bool(named) and 0 < added <= 2, text.startswith("hello")  # noqa: PLR2004


async def _check_images(transport: Transport, known: Capabilities) -> None:
    if not await sees_images(lambda asked: said_to(transport, known, asked)):
        raise EngineUnavailable(f"{transport.base_url} takes no images; set `images` to none")
