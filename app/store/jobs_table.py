"""The table of jobs. Knows columns, not what is done with them."""

from typing import Literal, TypeAlias

from pydantic import JsonValue
from sqlalchemy import JSON, Double, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Plain, Table

State: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled", "expired"]
"""Where a job is: waiting, being done, or ended in one of four ways, which it stays in."""
UNENDED: tuple[State, ...] = ("queued", "running")


class Job(Table, kw_only=True):
    """Something to be done once, whatever becomes of the process that does it.

    Times are in seconds since 1970.

    Attributes:
        kind: what is to be done.
        owner: the id of the key it is done for; "" for anyone.
        group: what it is a part of, such as a batch; `None` for a job by itself.
        place: its place among those of its group.
        priority: the lower the sooner.
        turn: its place among the queued ones of its priority, such that owners take turns.
        request: what the job is about.
        result: what came of it, of a job that is done.
        error: what went wrong, of one that failed: `status`, and OpenAI's `error` object.
        progress: what whoever does it last said of how far it is.
        expires: when it is too late to do it.
        not_before: when it may be begun.
        started: when it was last begun.
        attempts: how often it was begun, without the times that the server ended meanwhile.
        max_attempts: how often it may be.
        lost: how often whoever did it was heard of no more, so that it was begun anew.
        parked: how often whoever did it had to leave it, so that it was begun anew.
        holder: who does it, by a name that is of this time only.
        lease_until: until when the holder is believed to be doing it.
        cancelling: whether the holder is asked to leave it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_next", "state", "priority", "turn", "created"),
        Index("ix_jobs_turn", "owner", "state", "priority", "turn"),
        Index("ix_jobs_overdue", "state", "expires"),
        Index("ix_jobs_group", "group_id", "place"),
        Index("ix_jobs_ended", "ended"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(64))
    group: Mapped[str | None] = mapped_column("group_id", String(64), default=None)
    place: Mapped[int] = mapped_column(default=0)
    state: Mapped[State] = mapped_column(String(16), default="queued")
    priority: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(default=0)
    request: Mapped[Plain] = mapped_column(JSON)
    result: Mapped[Plain | None] = mapped_column(JSON(none_as_null=True), default=None)
    error: Mapped[Plain | None] = mapped_column(JSON(none_as_null=True), default=None)
    progress: Mapped[dict[str, JsonValue] | None] = mapped_column(
        JSON(none_as_null=True), default=None
    )
    created: Mapped[float] = mapped_column(Double)
    expires: Mapped[float] = mapped_column(Double)
    not_before: Mapped[float] = mapped_column(Double, default=0.0)
    started: Mapped[float | None] = mapped_column(Double, default=None)
    ended: Mapped[float | None] = mapped_column(Double, default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=1)
    lost: Mapped[int] = mapped_column(default=0)
    parked: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(64), default=None)
    lease_until: Mapped[float | None] = mapped_column(Double, default=None)
    cancelling: Mapped[bool] = mapped_column(default=False)

    @property
    def over(self) -> bool:
        """Whether it has ended, in one way or another."""
        return self.state not in UNENDED

    @property
    def restarts(self) -> int:
        """How often it was begun anew because the server ended meanwhile."""
        return self.lost + self.parked
