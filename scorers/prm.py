"""A process reward model behind vLLM's `POST /pooling`, or any server with the same wire.

The server gives a row of numbers for each token that ends a step: task `token_classify`, STEP
pooling. Which token that is it was told when it was started, and `Layout` writes one after each
step. What a row says is its family's; its reward is P(step is correct), arXiv:2305.20050,
section 2.6.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from pydantic import Field

from engines.base import Capabilities, Prompt, Step
from engines.conversation import Conversation, Message
from engines.http import Transport
from engines.probe import size_of
from engines.usage import Counted, Usage
from scorers.base import (
    Abstention,
    Aggregation,
    Candidate,
    Judgement,
    Opinion,
    ScorerBaffled,
    ScorerUnavailable,
    Verdict,
    aggregate,
)
from scorers.families import FAMILIES, Family, FamilyName, family_of
from scorers.ids import Encoded, Encoder
from scorers.layout import Written
from scorers.pooling import Pooling, Rows, ServedConfig, Text
from scorers.readout import Columns, Readout, are_logits, logistics, probabilities

_ADVICE = (
    'start the server with --runner pooling --pooler-config \'{{"task": "token_classify", '
    '"tok_pooling_type": "STEP", "step_tag_id": {tag}}}\', and set `family`, or `separator` and '
    "`prefix`, to what the model was trained with"
)
_ADDED_TOKENS = 16
"""More than tokenizers put around a text."""
_PIECE_TOKENS = 2
"""More than a tokenizer puts around a piece of a text that it is given by itself."""
KNOWN = Candidate(
    Prompt(Conversation((Message("user", "What is 2 + 3?"),))),
    (Step("2 + 3 = 5.", 8), Step("The answer is 5.", 6)),
    "eos",
)
"""What a server is asked about at the start: two steps, so that two rewards must come back."""

_Key: TypeAlias = tuple[str, tuple[str, ...]]


class PrmPoolingConfig(ServedConfig):
    """A process reward model behind `POST /pooling`."""

    kind: Literal["prm_pooling"] = "prm_pooling"
    family: FamilyName | None = Field(
        default=None, description="how it is written for and read; by the model's name if not given"
    )
    separator: str | None = Field(
        default=None, min_length=1, description="ends a step; the server rates its token"
    )
    prefix: str | None = Field(
        default=None,
        pattern=r"\{question\}",
        description="before the steps; `{question}` and `{separator}` are filled in",
    )
    split: str | None = Field(
        default=None, min_length=1, description="where a step of ours is two steps to the model"
    )
    readout: Readout | None = Field(default=None, description="what a row of numbers holds")
    positive: Columns | None = Field(
        default=None, description='column that says "right", or several that say it together'
    )
    aggregation: Aggregation | None = Field(
        default=None, description="how the rewards of steps become the score"
    )

    def family_for(self, model: str) -> Family:
        """Return what a model reads and how it is read, as configured, or else by its name."""
        known = FAMILIES[self.family] if self.family else family_of(model)
        layout = replace(
            known.layout,
            separator=self.separator or known.layout.separator,
            prefix=self.prefix or known.layout.prefix,
            split=self.split or known.layout.split,
        )
        return replace(
            known,
            layout=layout,
            readout=self.readout or known.readout,
            positive=known.positive if self.positive is None else self.positive,
            aggregation=self.aggregation or known.aggregation,
        )

    def scorer(self, name: str, transport: Transport) -> "PrmPooling":
        """Return the scorer that asks over these connections."""
        return PrmPooling(name, transport, self)


class PrmPooling:
    """Judges candidates by the rewards of their steps, N candidates in one request.

    A text that was judged before is not sent again: vLLM would compute all of it anew.

    Args:
        name: what the configuration calls it.
        transport: connections to the server, open for as long as this is in use.
        config: which model, and how it is asked; what it leaves open is known once `check` has run.
        remembered: the most texts whose rewards are kept; 4096 are some 10 MB.
    """

    partial, relative, remote = True, False, True
    alternatives = 0

    def __init__(
        self, name: str, transport: Transport, config: PrmPoolingConfig, *, remembered: int = 4096
    ) -> None:
        self.name = name
        self._config = config
        self._pooling = Pooling(name, transport, config.timeout_seconds)
        self._remembered = remembered
        self._known: OrderedDict[_Key, tuple[float, ...]] = OrderedDict()
        self._logits = False
        self._use(config.model or "")

    @property
    def counts(self) -> Counted:
        """What is known of its tokens' cost: FLOPs by the model's size, money by the price."""
        return self._able.counts

    async def check(self) -> None:
        """Have a known text of two steps scored, and return if that gave two rewards.

        Raises:
            ScorerUnavailable: it did not; says what to change in the server or the configuration.
        """
        self._use(self._config.model or await self._pooling.first_model())
        try:
            await self.judge((KNOWN,))
        except ScorerUnavailable as error:
            tag = self._encoder.tag if self._encoder else None
            advice = _ADVICE.format(tag=tag or "<the id of the token of `separator`>")
            raise ScorerUnavailable(f"{error}: {advice}", unspent=error.unspent) from error

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return one call with every text; a token is at least one byte of it."""
        written = [w for w in map(self._family.layout.write, candidates) if not w.empty]
        tokens = sum(
            len(w.text.encode()) + _ADDED_TOKENS + _PIECE_TOKENS * len(w.pieces) for w in written
        )
        return self._able.bill(tokens, 0, 0, calls=min(1, len(written)))

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`.

        A solution without text is abstained on. So is one whose rewards cannot be told apart by
        step, as when it is longer than the model's context, unless that is so for all of them.
        """
        written = [self._family.layout.write(candidate) for candidate in candidates]
        texts = {w.key: w for w in written if not w.empty}
        rated: dict[_Key, tuple[float, ...] | Abstention] = {
            key: self._known[key] for key in texts if key in self._known
        }
        fresh = [w for key, w in texts.items() if key not in rated]
        usage = Usage()
        if fresh:
            found, usage = await self._rate(fresh)
            rated |= zip((w.key for w in fresh), found, strict=True)
        self._remember({key: r for key, r in rated.items() if isinstance(r, tuple)})
        opinions = tuple(self._opinion(w, rated.get(w.key)) for w in written)
        return Judgement(opinions, usage)

    async def _rate(
        self, written: Sequence[Written]
    ) -> tuple[list[tuple[float, ...] | Abstention], Usage]:
        """Return the rewards of the pieces of (N,) texts, or why they are not known.

        Raises:
            ScorerBaffled: those of none are known.
        """
        sent: Sequence[Written | Encoded] = written
        texts: list[Text] = [w.text for w in written]
        if self._encoder:
            sent = encoded = await self._encoder.encode(written)
            texts = [e.ids for e in encoded]
        activation = self._family.readout == "classes"
        pooled = await self._pooling.rate_tokens(self._able.model, texts, activation=activation)
        rows = [s.own(own) for s, own in zip(sent, pooled.numbers, strict=True)]
        reasons = [_mismatch(*pair) for pair in zip(sent, pooled.numbers, strict=True)]
        if all(own is None for own in rows):
            raise ScorerBaffled(reasons[0])
        rewards = self._read([own or [] for own in rows])
        told = zip(rows, rewards, reasons, strict=True)
        found = [Abstention(why) if own is None else read for own, read, why in told]
        return found, self._able.bill(pooled.prompt_tokens, 0, 0)

    def _read(self, rows: Sequence[Rows]) -> list[tuple[float, ...]]:
        if self._family.readout == "value":
            return logistics(rows)
        self._logits = self._logits or are_logits(rows)
        return probabilities(rows, self._family.positive, logits=self._logits)

    def _opinion(self, written: Written, rated: tuple[float, ...] | Abstention | None) -> Opinion:
        if rated is None:
            return Abstention("the solution has no text")
        if isinstance(rated, Abstention):
            return rated
        how = self._family.aggregation
        rewards = tuple(aggregate(step, how) for step in written.by_step(rated))
        return Verdict(aggregate(rated, how), rewards)

    def _remember(self, rated: Mapping[_Key, tuple[float, ...]]) -> None:
        for text, rewards in rated.items():
            self._known[text] = rewards
            self._known.move_to_end(text)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)

    def _use(self, model: str) -> None:
        """Write for this model, read its rows, and count its tokens."""
        self._family = self._config.family_for(model)
        parameters = self._config.parameters or size_of(model)
        self._able = Capabilities(model, parameters=parameters, price=self._config.price)
        layout = self._family.layout
        self._encoder = Encoder(layout, self._tokenize) if layout.apart else None

    async def _tokenize(self, text: str, special: bool) -> tuple[int, ...]:
        return await self._pooling.tokenize(self._able.model, text, special=special)


def _mismatch(sent: Written | Encoded, rows: Rows) -> str:
    return f"{sent.tags} separators sent, {len(rows)} rows came back"
