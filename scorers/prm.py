"""A process reward model behind vLLM's `POST /pooling`, or any server with the same wire.

The server gives a row of class probabilities for each token that ends a step: task
`token_classify`, STEP pooling. Which token that is it was told when it was started, and `Layout`
writes one after each step. A row's class "right" is P(step is correct), arXiv:2305.20050,
section 2.6.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from math import exp

from pydantic import BaseModel, Field, FiniteFloat, JsonValue, ValidationError

from engines.base import Capabilities, Counted, Prompt, Step, Usage
from engines.conversation import Conversation, Message
from engines.errors import EngineError
from engines.http import Transport
from engines.price import Price
from engines.probe import size_of
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
from scorers.layout import LINES, Layout, Written, layout_of

_ADVICE = (
    'start the server with --runner pooling --pooler-config \'{"task": "token_classify", '
    '"tok_pooling_type": "STEP", "step_tag_id": <the id of the token of `separator`>}\', and set '
    "`separator` and `prefix` to what the model was trained with"
)
_ADDED_TOKENS = 16
"""More than tokenizers put around a text."""
_ROUNDING = 1e-3
_KNOWN = Candidate(
    Prompt(Conversation((Message("user", "What is 2 + 3?"),))),
    (Step("2 + 3 = 5.", 8), Step("The answer is 5.", 6)),
    "eos",
)


class _Rows(BaseModel):
    index: int
    data: list[list[FiniteFloat]]


class _Counts(BaseModel):
    prompt_tokens: int = 0


class _Pooled(BaseModel):
    data: list[_Rows]
    usage: _Counts = _Counts()

    @property
    def rows(self) -> list[list[list[float]]]:
        """The (R, C) rows of each text, in the order they were sent."""
        return [entry.data for entry in sorted(self.data, key=lambda entry: entry.index)]


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model] = Field(min_length=1)


class PrmPooling:
    """Judges candidates by the rewards of their steps, N candidates in one request.

    A text that was judged before is not sent again: vLLM would compute all of it anew.

    Args:
        name: what the configuration calls it.
        transport: connections to the server, open for as long as this is in use.
        model: what the server calls the model; `None` for the first it lists, once `check` has run.
        layout: what the model reads; `None` for what its name stands for, once `check` has run.
        positive: the column of a row that says "right".
        aggregation: how rewards become the score.
        parameters: weights of the model, to count FLOPs; `None` to read them off its name.
        price: of its tokens; `None` if unknown.
        remembered: the most texts whose rewards are kept; 4096 are some 10 MB.
    """

    partial, relative, remote = True, False, True
    alternatives = 0

    def __init__(
        self,
        name: str,
        transport: Transport,
        *,
        model: str | None,
        layout: Layout | None,
        positive: int,
        aggregation: Aggregation,
        parameters: float | None,
        price: Price | None = None,
        remembered: int = 4096,
    ) -> None:
        self.name = name
        self._transport, self._model = transport, model
        self._given, self._layout = layout, layout or LINES
        self._positive = positive
        self._aggregation: Aggregation = aggregation
        self._able = Capabilities(model or "", parameters=parameters, price=price)
        self._calls = count(1)
        self._remembered = remembered
        self._known: OrderedDict[str, tuple[float, ...]] = OrderedDict()
        self._logits = False

    @property
    def counts(self) -> Counted:
        """What is known of its tokens' cost: FLOPs by the model's size, money by the price."""
        return self._able.counts

    async def check(self) -> None:
        """Have a known text of two steps scored, and return if that gave two rewards.

        Raises:
            ScorerUnavailable: it did not; says what to change in the server or the configuration.
        """
        if self._model is None:
            try:
                listed = _Models.model_validate(await self._transport.get("/v1/models"))
            except EngineError as error:
                raise ScorerUnavailable(str(error), unspent=error.unspent) from error
            except ValidationError as error:
                raise ScorerUnavailable("the server lists no models; set `model`") from error
            self._model = listed.data[0].id
        self._layout = self._given or layout_of(self._model)
        parameters = self._able.parameters or size_of(self._model)
        self._able = replace(self._able, model=self._model, parameters=parameters)
        await self.judge((_KNOWN,))

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return one call with every text; a token is at least one byte of it."""
        texts = [w.text for w in map(self._layout.write, candidates) if any(w.spoken)]
        tokens = sum(len(text.encode()) + _ADDED_TOKENS for text in texts)
        return self._bill(tokens, calls=min(1, len(texts)))

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`.

        A solution without text is abstained on. So is one whose rewards cannot be told apart by
        step, as when it is longer than the model's context, unless that is so for all of them.
        """
        written = [self._layout.write(candidate) for candidate in candidates]
        texts = {w.text: w for w in written if any(w.spoken)}
        rated = {text: self._known[text] for text in texts if text in self._known}
        fresh = [text for text in texts if text not in rated]
        pooled = await self._pool(fresh) if fresh else _Pooled(data=[])
        self._logits = self._logits or are_logits(pooled.rows)
        found = probabilities(pooled.rows, self._positive, logits=self._logits)
        rated |= zip(fresh, found, strict=True)
        self._remember({t: r for t, r in rated.items() if len(r) == texts[t].separators})
        opinions = tuple(self._opinion(w, rated.get(w.text, ())) for w in written)
        if texts and not any(isinstance(opinion, Verdict) for opinion in opinions):
            text, first = next(iter(texts.items()))
            raise ScorerBaffled(f"{_mismatch(first, rated[text])}: {_ADVICE}")
        return Judgement(opinions, self._bill(pooled.usage.prompt_tokens, calls=min(1, len(fresh))))

    async def _pool(self, texts: Sequence[str]) -> _Pooled:
        name = f"{self.name}-{next(self._calls)}"
        body: dict[str, JsonValue] = {
            "model": self._model,
            "input": list(texts),
            "task": "token_classify",
            "use_activation": True,
            # A text beyond the context loses its end, and so a row, instead of the whole request.
            "truncate_prompt_tokens": -1,
            "truncation_side": "right",
        }
        try:
            reply = await self._transport.post("/pooling", body, request_id=name)
            pooled = _Pooled.model_validate(reply)
        except EngineError as error:
            raise ScorerUnavailable(str(error), unspent=error.unspent) from error
        except ValidationError as error:
            raise ScorerUnavailable(f"answer {name} has no rows of numbers: {_ADVICE}") from error
        if len(pooled.data) != len(texts):
            raise ScorerUnavailable(f"answer {name} is on {len(pooled.data)} of {len(texts)} texts")
        return pooled

    def _opinion(self, written: Written, rated: Sequence[float]) -> Opinion:
        if not any(written.spoken):
            return Abstention("the solution has no text")
        if len(rated) != written.separators:
            return Abstention(_mismatch(written, rated))
        rewards = written.rewards(rated)
        return Verdict(aggregate(rewards, self._aggregation), rewards)

    def _remember(self, rated: Mapping[str, tuple[float, ...]]) -> None:
        for text, rewards in rated.items():
            self._known[text] = rewards
            self._known.move_to_end(text)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)

    def _bill(self, tokens: int, *, calls: int) -> Usage:
        return self._able.bill(tokens, 0, 0, calls=calls)


def are_logits(texts: Sequence[Sequence[Sequence[float]]]) -> bool:
    """Say whether the (R, C) rows of (N,) texts cannot be probabilities, so that all are logits.

    Probabilities lie in [0, 1], and the columns of a row add up to 1. A server that gave one row of
    logits gives no others, so that one scale holds for all that are compared.
    """
    return not all(_normalised(row) for rows in texts for row in rows)


def probabilities(
    texts: Sequence[Sequence[Sequence[float]]], positive: int, *, logits: bool
) -> list[tuple[float, ...]]:
    """Return P(right) of each of the (R, C) rows of (N,) texts.

    Of one column of logits the logistic function is taken, of more the softmax.

    Args:
        texts: the rows of each text; every row has its C columns.
        positive: the column that says "right", if there are several.
        logits: whether the rows are not probabilities yet.

    Raises:
        ScorerUnavailable: there is no such column.
    """
    return [tuple(_probability(row, positive, logits=logits) for row in rows) for rows in texts]


def _normalised(row: Sequence[float]) -> bool:
    inside = all(-_ROUNDING <= number <= 1 + _ROUNDING for number in row)
    return inside and (len(row) == 1 or abs(sum(row) - 1) <= _ROUNDING)


def _probability(row: Sequence[float], positive: int, *, logits: bool) -> float:
    if len(row) == 1:
        row, positive = ((0.0, row[0]) if logits else row), (1 if logits else 0)
    if positive >= len(row):
        raise ScorerUnavailable(
            f"rows have {len(row)} columns: no column {positive}, set `positive`"
        )
    if not logits:
        return min(1.0, max(0.0, row[positive]))
    highest = max(row)
    weights = [exp(number - highest) for number in row]
    return weights[positive] / sum(weights)


def _mismatch(written: Written, rated: Sequence[float]) -> str:
    return f"{written.separators} separators sent, {len(rated)} rows came back"
