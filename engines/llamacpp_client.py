"""The embedded engine: llama.cpp's own HTTP API, by token ids.

Knows its fields and its limits; `engines.llamacpp` starts the server. Two things differ from
vLLM: penalties count the prompt's tokens too, and a full cache fails every sample in it, which
`Room` keeps from happening.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from engines.base import (
    Capabilities,
    Delta,
    Generation,
    Likelihoods,
    Listener,
    Prompt,
    Request,
)
from engines.completions import chat_fields, sensible
from engines.conversation import Conversation, Raw
from engines.errors import (
    ContextOverflow,
    EngineOverloaded,
    EngineUnavailable,
    RequestRefused,
    Unsupported,
)
from engines.http import Transport
from engines.llamacpp_head import OutputHead, can_read
from engines.llamacpp_reading import PromptReader
from engines.llamacpp_request import body_of
from engines.llamacpp_samples import Growing, usage
from engines.llamacpp_states import StateReader, longest_read
from engines.parts import drawn_once, drawn_together
from engines.phases import Phases
from engines.price import Price
from engines.prompt_logprobs import PromptLogprobs
from engines.room import Room, Space
from engines.states import States
from engines.tasks import collect
from engines.thinking import Marked, find_marks
from engines.tool_probe import shows_tools

_log = structlog.get_logger("fathom.engine")
_ALTERNATIVES = 20
_LIKELIEST = 500
"""Tokens to look for labels among. The server gives as many as there are; these take 2 ms."""
_QUANTISATION = re.compile(r"[.-](I?Q\d\w*|B?F16|F32)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Part:
    """Samples `first` to `first + n` of a request: as many as one call can draw."""

    request: Request
    first: int
    listen: Listener | None

    def hear(self, delta: Delta) -> None:
        if self.listen:
            self.listen(replace(delta, index=self.first + delta.index))


class LlamaCpp:
    """One llama.cpp server.

    `cells` is the tokens its cache holds, of all samples together; `words` how many tokens there
    are, if that is known; `head` the model's output matrix, if it can be read.
    """

    def __init__(
        self,
        transport: Transport,
        capabilities: Capabilities,
        cells: int,
        words: int | None = None,
        head: OutputHead | None = None,
    ) -> None:
        self.capabilities = capabilities
        self._http, self._room = transport, Room(Space(capabilities.samples, cells))
        self._labels: dict[str, int] = {}
        self._phases = Phases(self._draw, self.tokenize)
        self._words = words
        self._states = StateReader(transport, self._room, capabilities)
        self._reader = PromptReader(self._states, head, capabilities)

    async def render(self, conversation: Conversation) -> Prompt:
        """Render with the model's own chat template; see `Engine.render`."""
        body = chat_fields(conversation, tools=self.capabilities.tools)
        with sensible("render"):
            if conversation.raw is not None:
                return Prompt(conversation, await self._raw_ids(conversation.raw))
            answer = await self._http.post("/apply-template", body, request_id="render")
            text, marks = answer["prompt"], self.capabilities.thinking
            if marks is None:
                return Prompt(conversation, await self._ids(text))
            ids = await self._ids(text + marks.missing(text))
            return Prompt(conversation, ids, thinking=marks.behind(text))

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Tokenize a text by itself; see `Engine.tokenize`."""
        with sensible("tokenize"):
            return await self._ids(text)

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples, in as many calls as slots and cache ask for; see `Engine.generate`."""
        return await self._phases.generate(request, listen)

    async def _draw(self, request: Request, listen: Listener | None) -> Generation:
        if request.alike:
            return await drawn_once(self._draw, request, listen)
        parts = self._parts(request, listen)
        with sensible(request.id):
            return await drawn_together([self._draw_part(part) for part in parts])

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Look for the labels among the 500 likeliest tokens; see `Engine.likelihoods`."""
        how = replace(request.sampling, max_tokens=1, stop=(), alternatives=_LIKELIEST)
        part = _Part(replace(request, n=1, sampling=how), 0, None)
        with sensible(request.id):
            ids = await collect(self._label(label) for label in labels)
            body = {**body_of(part.request, self._room.total.cells), "stream": False}
            async with self._room.hold(_space(part.request)):
                answer = await self._http.post("/completion", body, request_id=request.id)
            tops = answer["completion_probabilities"][0]["top_logprobs"]
            found = {top["id"]: top["logprob"] for top in tops}
            least = min(found.values())
            cost = usage([Growing(0, end=answer)], self.capabilities)
            return Likelihoods(tuple(found.get(i, least) for i in ids), cost)

    async def states(self, texts: Sequence[Sequence[int]], *, request_id: str) -> States:
        """Return the hidden states of texts; see `ShowsStates.states`."""
        return await self._states.states(texts, request_id=request_id)

    async def prompt_logprobs(
        self, texts: Sequence[Sequence[int]], *, request_id: str
    ) -> PromptLogprobs:
        """Return the log-probabilities of texts; see `ReadsPrompts.prompt_logprobs`."""
        return await self._reader.read(texts, request_id)

    async def health(self) -> None:
        """Return if the model is loaded; see `Engine.health`."""
        try:
            await self._http.get("/health")
        except EngineOverloaded as error:
            raise EngineUnavailable(f"the embedded engine is not ready: {error}") from error

    def _parts(self, request: Request, listen: Listener | None) -> list[_Part]:
        self._check_tokens((token for token, _ in request.sampling.bias), "logit_bias")
        total, most = self._room.total, request.sampling.max_tokens
        used = len(request.ids)
        context = min(self.capabilities.context or total.cells, total.cells)
        if used + most > context:
            raise ContextOverflow(
                f"request {request.id} has {used} tokens and asks for {most}; "
                f"the model's context is {context}"
            )
        size = min(total.places, (total.cells - used) // max(1, most))
        return [
            _Part(
                replace(request, n=min(size, request.n - first), seed=request.seed + first),
                first,
                listen,
            )
            for first in range(0, request.n, size)
        ]

    async def _draw_part(self, part: _Part) -> Generation:
        request = part.request
        how = request.sampling
        grown = [Growing(how.alternatives, shown=how.shown) for _ in range(request.n)]
        async with (
            self._room.hold(_space(request)),
            self._http.stream(
                "/completion", body_of(request, self._room.total.cells), request_id=request.id
            ) as events,
        ):
            async for event in events:
                await self._take(event, grown[event["index"]], part)
        samples = tuple(sample.sample() for sample in grown)
        return Generation(samples, usage(grown, self.capabilities))

    async def _take(self, event: Mapping[str, Any], sample: Growing, part: _Part) -> None:
        known = len(sample.text)
        sample.add(event)
        if sample.end is None:
            part.hear(Delta(event["index"], event["content"], len(event["tokens"])))
            return
        if sample.cut:
            body = {"tokens": list(sample.ids)}
            said = await self._http.post("/detokenize", body, request_id=part.request.id)
            sample.complete(said["content"])
        whole = sample.sample()
        part.hear(Delta(event["index"], sample.text[known:], 0, whole.finish, whole))

    async def _label(self, label: str) -> int:
        """Return a label's token; asked of the server once, for a judge asks with the same two."""
        if label in self._labels:
            return self._labels[label]
        ids = await self._ids(label)
        if len(ids) != 1:
            raise Unsupported(f"{label!r} is {len(ids)} tokens; a label must be one")
        self._labels[label] = ids[0]
        return ids[0]

    async def _raw_ids(self, raw: Raw) -> tuple[int, ...]:
        if not isinstance(raw, str):
            self._check_tokens(raw, "prompt")
            return raw
        # As other servers do it: what begins a text in this model's eyes is put in front of it.
        return await self._ids(raw, begun=True)

    def _check_tokens(self, tokens: Iterable[int], param: str) -> None:
        # The server would pass over what is no token, or end.
        words = self._words
        if words is not None and any(token >= words for token in tokens):
            raise RequestRefused(f"the model's tokens are 0 to {words - 1}", param=param)

    async def _ids(self, text: str, *, begun: bool = False) -> tuple[int, ...]:
        body = {"content": text, "add_special": begun, "parse_special": True}
        answer = await self._http.post("/tokenize", body, request_id="tokenize")
        return tuple(answer["tokens"])


async def probe(
    transport: Transport,
    cells: int,
    price: Price | None = None,
    marked: Marked = "probe",
    batch: int = 512,
    *,
    model: Path | None = None,
) -> LlamaCpp:
    """Ask a server what it can do. `cells` is the tokens its cache was started with.

    `batch` is its physical batch, which a text whose hidden states it shows must fit; `model` its
    file, without which it tells no log-probabilities of given texts.

    Raises:
        EngineError: it could not be asked.
    """

    async def tokenize(text: str) -> tuple[int, ...]:
        asked = {"content": text, "add_special": False, "parse_special": True}
        answer = await transport.post("/tokenize", asked, request_id="probe")
        return tuple(answer["tokens"])

    with sensible("probe"):
        thinking = await find_marks(marked, tokenize)
        props = await transport.get("/props")
        meta = (await transport.get("/v1/models"))["data"][0]["meta"]
        context = min(meta["n_ctx"], meta["n_ctx_train"], cells)
        states = await longest_read(transport, min(batch, context))
        head = OutputHead(model) if model and states and can_read() else None
        able = Capabilities(
            _name(props["model_path"]),
            context=context,
            token_ids=True,
            continues=True,
            alternatives=_ALTERNATIVES,
            structured=True,
            tools=await shows_tools(lambda asked: _rendered(transport, asked)),
            seed=True,
            biased=True,
            samples=props["total_slots"],
            parameters=float(meta["n_params"]),
            price=price,
            thinking=thinking,
            caps_thinking=thinking is not None,
            states=states,
            # A text's last token is not read.
            prompt_logprobs=states + 1 if head else 0,
        )
    return LlamaCpp(transport, able, cells, meta["n_vocab"], head)


async def _rendered(transport: Transport, asked: dict[str, Any]) -> str | None:
    """Return a conversation as the model's template has it, `None` if the template fails on it."""
    try:
        return str((await transport.post("/apply-template", asked, request_id="probe"))["prompt"])
    except (RequestRefused, EngineUnavailable) as error:
        _log.debug("refused", url=transport.base_url, fields=sorted(asked), reason=str(error))
        return None


def _space(request: Request) -> Space:
    return Space(request.n, len(request.ids) + request.n * request.sampling.max_tokens)


def _name(path: str) -> str:
    """Return "SmolLM2-135M-Instruct" for ".../SmolLM2-135M-Instruct.Q4_1.gguf"."""
    return _QUANTISATION.sub("", Path(path).stem)
