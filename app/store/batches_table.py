"""The table of batches. Knows columns, not what is done with them."""

from typing import Literal, TypeAlias

from pydantic import JsonValue
from sqlalchemy import JSON, BigInteger, Double, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.pages import Owned

Status: TypeAlias = Literal[
    "validating",
    "failed",
    "in_progress",
    "finalizing",
    "completed",
    "expired",
    "cancelling",
    "cancelled",
]
"""OpenAI's words for where a batch is."""


class Batch(Owned, kw_only=True):
    """Requests that came in a file, each a job of the group that is named as the batch.

    Times are in seconds since 1970; `over` is when it ended, in whichever way.

    Attributes:
        owner: the id of the key it is of; "" for anyone.
        total: how many requests the file has; `None` until they are counted.
        waiting: how many of them have not ended.
        done: how many were answered.
        wrong: how many came to an error.
        keep_seconds: how long its own files are kept.
        errors: what is wrong with the file, as OpenAI lists it.
    """

    __tablename__ = "batches"
    __table_args__ = (
        Index("ix_batches_owner", "owner", "created", "id"),
        Index("ix_batches_over", "over"),
    )

    status: Mapped[Status] = mapped_column(String(16), default="validating")
    endpoint: Mapped[str] = mapped_column(String(64))
    input_file: Mapped[str] = mapped_column(String(64))
    output_file: Mapped[str | None] = mapped_column(String(64), default=None)
    error_file: Mapped[str | None] = mapped_column(String(64), default=None)
    notes: Mapped[dict[str, str] | None] = mapped_column(
        "metadata", JSON(none_as_null=True), default=None
    )
    errors: Mapped[list[dict[str, JsonValue]] | None] = mapped_column(
        JSON(none_as_null=True), default=None
    )
    model: Mapped[str | None] = mapped_column(String(256), default=None)
    keep_seconds: Mapped[float] = mapped_column(Double)
    created: Mapped[float] = mapped_column(Double)
    expires: Mapped[float] = mapped_column(Double)
    in_progress: Mapped[float | None] = mapped_column(Double, default=None)
    cancelling: Mapped[float | None] = mapped_column(Double, default=None)
    finalizing: Mapped[float | None] = mapped_column(Double, default=None)
    over: Mapped[float | None] = mapped_column(Double, default=None)
    total: Mapped[int | None] = mapped_column(default=None)
    waiting: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cached_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
