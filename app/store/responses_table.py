"""The tables of responses. Knows columns, not what is done with them."""

from typing import TypeAlias

from pydantic import JsonValue
from sqlalchemy import JSON, Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Plain, Table

Items: TypeAlias = list[dict[str, JsonValue]]
"""Items of a conversation as JSON has them."""
UNENDED = ("queued", "in_progress")
"""What a response is called before its end, which it stays in."""


class KeptResponse(Table, kw_only=True):
    """A response that can be asked for after it was given.

    Attributes:
        id: the response's.
        owner: the id of the key it was made with; "" for anyone.
        used: when it was made, or last gone on from, in seconds since 1970.
        status: as in the body.
        background: whether it was answered before its search began.
        body: the response as it is now.
        input: the items that were asked, those of earlier responses not among them.
        chain: the ids of the responses it goes on from, the oldest first.
        request: what is to be done, until it is done; only in the background.
        told: how many events there are of it.
    """

    __tablename__ = "responses"
    __table_args__ = (Index("ix_responses_used", "used"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    used: Mapped[float] = mapped_column(Double)
    status: Mapped[str] = mapped_column(String(16))
    background: Mapped[bool]
    body: Mapped[Plain] = mapped_column(JSON)
    input: Mapped[Items] = mapped_column(JSON)
    chain: Mapped[list[str]] = mapped_column(JSON)
    request: Mapped[Plain | None] = mapped_column(JSON(none_as_null=True), default=None)
    told: Mapped[int] = mapped_column(default=0)

    @property
    def ended(self) -> bool:
        """Whether nothing will change in it."""
        return self.status not in UNENDED


class KeptEvent(Table, kw_only=True):
    """One of the events that a response in the background is told in.

    Attributes:
        response: the response's id.
        number: its place among them, from 0 on, without gaps.
        event: as it is sent.
    """

    __tablename__ = "response_events"

    response: Mapped[str] = mapped_column(
        String(64), ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[Plain] = mapped_column(JSON)
