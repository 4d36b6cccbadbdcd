"""An outcome reward model behind vLLM's `POST /pooling`: one number for a whole solution.

Source: arXiv:2110.14168, section 4. Most such models are trained on pairs, after Bradley and Terry:
their numbers have no bounds, and only say which of two solutions is better. The logistic function
brings them into [0, 1] and keeps their order; what comes out ranks, and is no probability.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, JsonValue

from engines.base import Capabilities
from engines.completions import chat_fields
from engines.conversation import Conversation, Message
from engines.http import Transport
from engines.probe import size_of
from engines.tool_prompt import in_words
from engines.usage import Counted, Usage
from scorers.asking import prompt_bound
from scorers.base import Candidate, Judgement, ScorerUnavailable, Verdict
from scorers.each import Answered, Failed, askable, failed, judge_each
from scorers.families import ORM_FAMILIES, OrmFamily, OrmName, orm_family_of
from scorers.layout import question_of
from scorers.pooling import Pooling, Row, ServedConfig
from scorers.prm import KNOWN
from scorers.readout import Columns, Readout, are_logits, logistics, probabilities

_WHOLE = 'start the server with --runner pooling --convert classify --pooler-config \'{"task": '
_ADVICE = {
    False: _WHOLE
    + '"classify"}\', and set `family`, `template` and `readout` to what the model is',
    True: "start the server with --runner pooling, which rates every token of this kind of model, "
    "or set `family`, `template` and `readout` to what the model is",
}


class OrmPoolingConfig(ServedConfig):
    """An outcome reward model behind `POST /pooling`."""

    kind: Literal["orm_pooling"] = "orm_pooling"
    family: OrmName | None = Field(
        default=None, description="how it is written for and read; by the model's name if not given"
    )
    template: str | None = Field(
        default=None,
        pattern=r"(?s)\{question\}.*\{answer\}",
        description="what it reads; `{question}` and `{answer}` are filled in. The server's own "
        "chat template, if not given",
    )
    readout: Readout | None = Field(default=None, description="what its numbers are")
    positive: Columns | None = Field(
        default=None, description='column that says "right", or several that say it together'
    )
    scale: float = Field(
        default=1.0, gt=0, description="what a value is divided by before the logistic function"
    )

    def family_for(self, model: str) -> OrmFamily:
        """Return what a model reads and how it is read, as configured, or else by its name."""
        known = ORM_FAMILIES[self.family] if self.family else orm_family_of(model)
        return replace(
            known,
            template=self.template or known.template,
            readout=self.readout or known.readout,
            positive=known.positive if self.positive is None else self.positive,
        )

    def scorer(self, name: str, transport: Transport) -> "OrmPooling":
        """Return the scorer that asks over these connections."""
        return OrmPooling(name, transport, self)


class OrmPooling:
    """Judges finished solutions by one number each, all at once, a request for each.

    Args:
        name: what the configuration calls it.
        transport: connections to the server, open for as long as this is in use.
        config: which model, and how it is asked; what it leaves open is known once `check` has run.
    """

    partial, relative, remote = False, False, True
    alternatives = 0

    def __init__(self, name: str, transport: Transport, config: OrmPoolingConfig) -> None:
        self.name = name
        self._config = config
        self._pooling = Pooling(name, transport, config.timeout_seconds)
        self._logits = False
        self._use(config.model or "")

    @property
    def counts(self) -> Counted:
        """What is known of its tokens' cost: FLOPs by the model's size, money by the price."""
        return self._able.counts

    async def check(self) -> None:
        """Have a known solution rated, and return if that gave a score.

        Raises:
            ScorerUnavailable: it did not; says what to change in the server or the configuration.
        """
        self._use(self._config.model or await self._pooling.first_model())
        try:
            await self.judge((KNOWN,))
        except ScorerUnavailable as error:
            advice = _ADVICE[self._family.by_token]
            raise ScorerUnavailable(f"{error}: {advice}", unspent=error.unspent) from error

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return a call for each finished candidate; a token is at least one byte of its text."""
        return sum((self._bound(c) for c in candidates if askable(c)), start=Usage())

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates; see `Scorer.judge`. One whose call fails is abstained on."""
        return await judge_each(candidates, self._ask)

    async def _ask(self, candidate: Candidate) -> Answered | Failed:
        rate = self._pooling.rate_last if self._family.by_token else self._pooling.rate_whole
        try:
            rated = await rate(self._able.model, self._asked(candidate))
            score = self._read(rated.numbers[0])
        except ScorerUnavailable as error:
            return failed(error, self._bound(candidate))
        usage = self._able.bill(rated.prompt_tokens, 0, 0)
        return Answered(Verdict(score, (score,)), usage)

    def _asked(self, candidate: Candidate) -> dict[str, JsonValue]:
        asked, answer = candidate.prompt.conversation, candidate.answer.strip()
        if self._family.template is None:
            fields = chat_fields(_judged(asked, answer), tools=False)
            return fields | {"add_generation_prompt": False}
        before, _, behind = self._family.template.partition("{answer}")
        question = question_of(asked)
        return {"input": [before.replace("{question}", question) + answer + behind]}

    def _read(self, row: Row) -> float:
        if self._family.readout == "value":
            return logistics([[row]], scale=self._config.scale)[0][0]
        self._logits = self._logits or are_logits([[row]])
        return probabilities([[row]], self._family.positive, logits=self._logits)[0][0]

    def _bound(self, candidate: Candidate) -> Usage:
        asked = (turn.content for turn in in_words(candidate.prompt.conversation).messages)
        template = self._family.template or ""
        tokens = prompt_bound([*asked, candidate.answer]) + len(template.encode())
        return self._able.bill(tokens, 0, 0)

    def _use(self, model: str) -> None:
        """Write for this model, read its numbers, and count its tokens."""
        self._family = self._config.family_for(model)
        parameters = self._config.parameters or size_of(model)
        self._able = Capabilities(model, parameters=parameters, price=self._config.price)


def _judged(asked: Conversation, answer: str) -> Conversation:
    """Return a conversation with the answer to it, without the system's messages.

    They say how to answer; such models are trained without, and some templates refuse them.
    """
    turns = [turn for turn in in_words(asked).messages if turn.role != "system"]
    return Conversation((*turns, Message("assistant", answer)))
