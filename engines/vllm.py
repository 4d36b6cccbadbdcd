"""vLLM, or any server that takes and gives token ids as it does: the production engine.

A prompt is rendered once by `/tokenize`. Every draw is a `/v1/completions` over ids, so that
extending a candidate finds its whole past in the prefix cache and nothing is tokenised twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engines.base import Capabilities, Delta, Generation, Likelihoods, Listener, Prompt, Request
from engines.completions import (
    asked_for,
    bias_fields,
    chat_fields,
    format_fields,
    gather,
    read_finish,
    read_sample,
    read_samples,
    read_usage,
    sensible,
)
from engines.conversation import Conversation
from engines.errors import EngineUnavailable, Unsupported
from engines.http import Transport
from engines.parts import drawn_once
from engines.phases import Phases
from engines.prompt_logprobs import PromptLogprobs
from engines.vllm_reading import read_prompts

_TAIL = 64
"""Tokens of a prompt's end in which it shows whether it has begun the thinking."""


class Vllm:
    """One vLLM server, by token ids."""

    def __init__(self, transport: Transport, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self._http = transport
        self._labels: dict[str, int] = {}
        self._phases = Phases(self._draw, self.tokenize)

    async def render(self, conversation: Conversation) -> Prompt:
        """Put a conversation through the server's chat template; see `Engine.render`."""
        raw = conversation.raw
        if isinstance(raw, tuple):
            return Prompt(conversation, raw)
        body: dict[str, Any] = {"model": self.capabilities.model}
        if raw is not None:
            body["prompt"] = raw
        else:
            body["add_generation_prompt"] = True
            body |= chat_fields(conversation, tools=self.capabilities.tools)
        with sensible("render"):
            answer = await self._http.post("/tokenize", body, request_id="render")
            prompt = Prompt(conversation, tuple(answer["tokens"]))
            return prompt if raw is not None else await self._with_thinking(prompt)

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Tokenize a text by itself; see `Engine.tokenize`."""
        model = self.capabilities.model
        asked: dict[str, Any] = {"model": model, "prompt": text, "add_special_tokens": False}
        with sensible("tokenize"):
            answer = await self._http.post("/tokenize", asked, request_id="tokenize")
            return tuple(answer["tokens"])

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples; see `Engine.generate`."""
        return await self._phases.generate(request, listen)

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask for the labels' tokens alone: the prompt's prefix stays cached; see `Engine`."""
        ids = [await self._token(label) for label in labels]
        body = self._body(request) | {
            "n": 1,
            "max_tokens": 1,
            "logprobs": 1,
            "logprob_token_ids": ids,
            "return_tokens_as_token_ids": True,
        }
        with sensible(request.id):
            answer = await self._http.post("/v1/completions", body, request_id=request.id)
            found = answer["choices"][0]["logprobs"]["top_logprobs"][0]
            least = min(found.values())
            logprobs = tuple(found.get(f"token_id:{token}", least) for token in ids)
            return Likelihoods(logprobs, read_usage(answer, self.capabilities, 1))

    async def prompt_logprobs(
        self, texts: Sequence[Sequence[int]], *, request_id: str
    ) -> PromptLogprobs:
        """Return the log-probabilities of texts; see `ReadsPrompts.prompt_logprobs`."""
        return await read_prompts(self._http, self.capabilities, texts, request_id)

    async def health(self) -> None:
        """Return if the server says it can answer; see `Engine.health`."""
        await self._http.get("/health")

    async def _with_thinking(self, prompt: Prompt) -> Prompt:
        """Find out how the model thinks behind a prompt, and begin it if that is up to us."""
        marks = self.capabilities.thinking
        if marks is None or prompt.ids is None:
            return prompt
        asked = {"model": self.capabilities.model, "tokens": list(prompt.ids[-_TAIL:])}
        answer = await self._http.post("/detokenize", asked, request_id="render")
        tail: str = answer["prompt"]
        missing = await self.tokenize(marks.missing(tail)) if marks.missing(tail) else ()
        ids = (*prompt.ids, *(missing or ()))
        return replace(prompt, ids=ids, thinking=marks.behind(tail))

    async def _draw(self, request: Request, listen: Listener | None) -> Generation:
        if request.alike:  # vLLM refuses to draw it n times.
            return await drawn_once(self._draw, request, listen)
        body = self._body(request)
        with sensible(request.id):
            if listen is None:
                answer = await self._http.post("/v1/completions", body, request_id=request.id)
            else:
                answer = await self._listen(body, request, listen)
            usage = read_usage(answer, self.capabilities, request.n)
            return Generation(read_samples(answer, request), usage)

    async def _listen(
        self, body: dict[str, Any], request: Request, listen: Listener
    ) -> dict[str, Any]:
        streamed: dict[str, Any] = {
            **body,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        answer: dict[str, Any] = {"choices": [{} for _ in range(request.n)]}
        async with self._http.stream("/v1/completions", streamed, request_id=request.id) as events:
            async for event in events:
                answer["usage"] = event.get("usage") or answer.get("usage")
                for piece in event["choices"]:
                    listen(_delta(piece, answer["choices"][piece["index"]], request))
        if answer.get("usage") is None:
            raise EngineUnavailable(f"request {request.id}: the stream ended before its end")
        return answer

    def _body(self, request: Request) -> dict[str, Any]:
        how = request.sampling
        body: dict[str, Any] = {
            "model": self.capabilities.model,
            "prompt": list(request.ids),
            "n": request.n,
            "max_tokens": how.max_tokens,
            "temperature": how.temperature,
            "top_p": how.top_p,
            "presence_penalty": how.presence_penalty,
            "frequency_penalty": how.frequency_penalty,
            "stop": list(how.stop),
            "include_stop_str_in_output": True,
            "return_token_ids": True,
            **format_fields(how),
            **bias_fields(how),
        }
        if asked_for(how) is not None or how.stop:
            # With stop strings even without alternatives: to see what the last token brought.
            body["logprobs"] = asked_for(how) or 0
        if self.capabilities.seed:
            body["seed"] = request.seed
        return body

    async def _token(self, label: str) -> int:
        """Return a label's token; asked of the server once, for a judge asks with the same two."""
        if label in self._labels:
            return self._labels[label]
        ids = await self.tokenize(label) or ()
        if len(ids) != 1:
            raise Unsupported(f"the label {label!r} is {len(ids)} tokens, not one")
        self._labels[label] = ids[0]
        return ids[0]


def _delta(piece: Mapping[str, Any], choice: dict[str, Any], request: Request) -> Delta:
    """Add a piece to its choice, and return what is new: at the end, all that was not heard yet."""
    known = len(choice.get("text", ""))
    gather(choice, piece)
    finish, tokens = read_finish(piece), len(piece.get("token_ids") or ())
    whole = read_sample(choice, request) if finish else None
    # A stop string ends within a token at times: the sample has the rest, and the piece has not.
    text = whole.step.text[known:] if whole else piece["text"]
    return Delta(piece["index"], text, tokens, finish, whole)
