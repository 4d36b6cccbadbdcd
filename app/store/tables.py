"""The tables. Knows columns, not what is done with them."""

from pydantic import JsonValue
from sqlalchemy import JSON, String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

Plain = dict[str, JsonValue]
"""A strategy as JSON has it."""


class Table(MappedAsDataclass, DeclarativeBase):
    """Base of every table."""


class Remembered(Table, kw_only=True):
    """One answered chat completion: how it was found and what it cost, but not a word of it.

    Attributes:
        trace: the completion's id.
        at: when it was answered, in seconds since 1970.
        model: what drew, by the engine's name for it.
        conversation: SHA-256 of what was asked.
        strategy: what was to be done.
        budget_tokens: the most tokens it might take; `None` without a limit.
        tokens: completion tokens of generator and verifiers.
        seconds: from the start of the search to its answer.
        score: of the answer; `None` if nobody judged it.
        estimator: what ease is; this and what follows only where a policy chose.
        ease: how easy the question looked; `None` if that could not be measured.
        bin: the policy's, 1 the easiest.
        chosen: the strategy that the policy chose.
        action: what it said last: to `search` by that from beginning to end; or something else, as
            to `stop` with the samples that ease was measured by.
        left_tokens: what was left of the budget when it said so; `None` without a limit.
        right: what was said of the answer afterwards; `None` as long as nothing was.
    """

    __tablename__ = "outcomes"

    trace: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[float]
    model: Mapped[str] = mapped_column(index=True)
    conversation: Mapped[str] = mapped_column(String(64))
    strategy: Mapped[Plain] = mapped_column(JSON)
    budget_tokens: Mapped[int | None]
    tokens: Mapped[int]
    seconds: Mapped[float]
    score: Mapped[float | None]
    estimator: Mapped[str | None] = mapped_column(default=None)
    ease: Mapped[float | None] = mapped_column(default=None)
    bin: Mapped[int | None] = mapped_column(default=None)
    chosen: Mapped[Plain | None] = mapped_column(JSON(none_as_null=True), default=None)
    action: Mapped[str | None] = mapped_column(default=None)
    left_tokens: Mapped[float | None] = mapped_column(default=None)
    right: Mapped[bool | None] = mapped_column(default=None)
