"""What a search may ask of a language model. Knows nothing of scores, searches or HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from engines.conversation import Conversation, Images
from engines.drawn import Drawn
from engines.price import Price
from engines.thinking import Thinking

Counted: TypeAlias = frozenset[Literal["flops", "cost"]]
"""Of what tokens cost, the currencies that are known of a server, and so are on the bill."""
DEFAULT = "default"
"""The name of the engine that draws where none is named."""

Finish: TypeAlias = Literal["eos", "stop", "length"]
"""Why a sample ended: the model ended it, a stop string did, or the cap on its tokens."""
FREE: Counted = frozenset({"flops", "cost"})
"""What is known of the cost of what asks no server: that there is none."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation as one engine reads it, rendered once for a whole search.

    `ids` are the tokens up to the place where the assistant's turn begins; `None` where the
    server takes text only, and renders the conversation itself at every call. `engine` is the name
    of the one that rendered it, which is the one that can draw from it. `thinking` is how that turn
    shows its thinking, `None` if it has none.
    """

    conversation: Conversation
    ids: tuple[int, ...] | None = None
    engine: str = field(default=DEFAULT, kw_only=True)
    thinking: Thinking | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of the assistant's turn: tokens are the truth, text is for people and verifiers.

    `ids` and `logprobs` are (T,), or `None` where the server does not give them. `certainty` is
    (T,): for each token the mean of -log p over the most likely alternatives, higher when the
    model was surer (arXiv:2508.15260, section 3.1). `drawn` are those tokens that a model drew, if
    the sampling is `shown`. `tokens` is T, or where only calls are counted, an even share of it.
    """

    text: str
    tokens: int
    ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    certainty: tuple[float, ...] | None = None
    drawn: tuple[Drawn, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One continuation: its step, why it ended, and the stop string that ended it, if one did.

    The step's text includes that stop string, and does not before its character `since`.
    """

    step: Step
    finish: Finish
    stop: str | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw: up to `max_tokens` tokens, ending early after any of the `stop` strings.

    `alternatives` is how many of the likeliest tokens to weigh at each place, for `certainty`; 0
    asks for no log-probabilities. `json_schema`, as JSON, is what every answer is held to.
    `thinking_tokens` is the most of thinking in a whole turn. `shown` has every token told, with so
    many of the likeliest in its place. `bias` is added to the logits of tokens, by their ids.
    """

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = ()
    alternatives: int = 0
    json_schema: str | None = None
    thinking_tokens: int | None = None
    shown: int | None = None
    bias: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """Draw `n` continuations of `prompt` and the `steps` already taken.

    `id` is the request's place in its search, and its name in logs. `seed` is a wish: it is only
    sent to servers that survive one, so nothing may depend on it but variety.
    """

    id: str
    prompt: Prompt
    steps: tuple[Step, ...]
    n: int
    sampling: Sampling
    seed: int

    @property
    def alike(self) -> bool:
        """Whether all samples would be the same one, so that it need only be drawn once."""
        return self.n > 1 and self.sampling.temperature == 0

    @property
    def ids(self) -> list[int]:
        """The tokens to continue, for servers that take tokens."""
        steps = (step.ids or () for step in self.steps)
        return [*(self.prompt.ids or ()), *(token for ids in steps for token in ids)]

    @property
    def text(self) -> str:
        """What the assistant has said so far."""
        return "".join(step.text for step in self.steps)


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of sample `index` just drawn; its last says why it ended, and has the whole of it."""

    index: int
    text: str
    tokens: int
    finish: Finish | None = None
    sample: Sample | None = None


Listener: TypeAlias = Callable[[Delta], None]
"""Told each piece of the samples as it is drawn; must not block."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls cost. FLOPs are 2 x parameters x tokens computed (arXiv:2001.08361, section 2.1).

    `cached_tokens` are those of `prompt_tokens` the server did not compute again; they cost
    nothing. `calls` are requests a server answered, each once in however many parts. `cost` is
    money, by the prices in the configuration.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    flops: float = 0.0
    cost: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
            self.calls + other.calls,
            self.flops + other.flops,
            self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True)
class Generation:
    """The (n,) samples a request drew, and what they cost together."""

    samples: tuple[Sample, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """log P of each of (L,) labels as the next token, and what asking cost.

    A label that is not among the tokens the server returned has the least of their
    log-probabilities: an upper bound, never zero.
    """

    logprobs: tuple[float, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server was found to do when it was first asked: probed, never assumed.

    Attributes:
        model: the name the server knows the model by.
        context: tokens of prompt and completion together; `None` if the server does not say.
        token_ids: prompts go out and samples come back as token ids.
        continues: an assistant's turn that has begun can be continued.
        alternatives: the most alternatives it gives log-probabilities of; 0 for none at all.
        structured: samples can be held to a JSON Schema.
        tools: the model's chat template shows it tools, their calls and their results.
        thinking: how its model shows its thinking; `None` if it does not think.
        caps_thinking: the tokens of thinking can be limited.
        biased: a bias on tokens is honoured.
        images: which images turns may have.
        states: the longest text, in tokens, whose hidden states it shows; 0 for none at all.
        prompt_logprobs: the longest text, in tokens, whose log-probabilities it tells; 0 for none.
        seed: a seed is honoured, and does not harm the server.
        samples: the most samples in one request.
        stops: the most stop strings in one request; `None` for no limit.
        parameters: weights of the model; `None` if unknown, and FLOPs cannot be counted.
        price: of its tokens; `None` if unknown, and their cost cannot be counted.
    """

    model: str
    context: int | None = None
    token_ids: bool = False
    continues: bool = False
    alternatives: int = 0
    structured: bool = False
    tools: bool = False
    seed: bool = False
    samples: int = 1024
    stops: int | None = None
    parameters: float | None = None
    price: Price | None = None
    thinking: Thinking | None = None
    caps_thinking: bool = False
    states: int = 0
    prompt_logprobs: int = 0
    biased: bool = False
    images: Images = "none"

    @property
    def flops_per_token(self) -> float | None:
        """FLOPs of one forward pass for one token; `None` if the model's size is unknown."""
        return None if self.parameters is None else 2 * self.parameters

    @property
    def counts(self) -> Counted:
        """What its tokens cost that is known."""
        flops: Counted = frozenset() if self.parameters is None else frozenset({"flops"})
        return flops if self.price is None else flops | {"cost"}

    def bill(self, prompt: int, cached: int, drawn: int, *, calls: int = 1) -> Usage:
        """Return what it costs to read `prompt` tokens, `cached` of them for nothing, and draw."""
        flops = (self.flops_per_token or 0.0) * (prompt - cached + drawn)
        money = 0.0
        if self.price:
            money = self.price.prompt * (prompt - cached) + self.price.cached * cached
            money += self.price.completion * drawn
        return Usage(prompt, cached, drawn, calls, flops, money / 1e6)


class Engine(Protocol):
    """A source of samples."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine can do."""
        ...

    async def render(self, conversation: Conversation) -> Prompt:
        """Put a conversation through the model's chat template, up to the assistant's turn.

        Raises:
            RequestRefused: the template does not take this conversation.
            EngineError: the server could not be asked.
        """
        ...

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        """Return the tokens of a text that goes on a turn; `None` where the server takes text only.

        Raises:
            EngineError: the server could not be asked.
        """
        ...

    async def generate(self, request: Request, listen: Listener | None = None) -> Generation:
        """Draw samples. Cancelling the call aborts the work on the server too.

        `listen` hears the samples grow; only if it is given is the server asked to stream.

        Raises:
            EngineError: nothing could be drawn; the subclass says why.
        """
        ...

    async def likelihoods(self, request: Request, labels: tuple[str, ...]) -> Likelihoods:
        """Ask how likely each of (L,) labels is as the next token; the request's `n` is ignored.

        Raises:
            Unsupported: the server gives no log-probabilities, or a label is not one token.
            EngineError: the server could not be asked.
        """
        ...

    async def health(self) -> None:
        """Return if the server can answer now.

        Raises:
            EngineUnavailable: it can not.
        """
        ...
