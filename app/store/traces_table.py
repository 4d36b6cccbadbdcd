"""Searches that are kept: a row to list each by, and its words in a table of their own."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.pages import Owned
from app.store.tables import Table


class KeptTrace(Owned, kw_only=True):
    """One search that is kept, as a list shows it.

    Attributes:
        id: of the completion it led to.
        created: when it was answered.
        model: by the name that was asked for.
        strategy: the kind of the strategy that was asked for.
        score: of the answer; `None` if nobody judged it.
        stop: why it ended.
        generated: completion tokens that the generator drew.
        discarded: those of them that are not in the answer.
        verifier: completion tokens of verifiers.
        seconds: from the start of the search to its answer.
        flops: of generator and verifiers.
        question: the beginning of what was asked last.
        size: bytes of its words, as they are kept.
        whole: whether its words are kept too; they are not if they were too many.
    """

    __tablename__ = "traces"
    __table_args__ = (Index("ix_traces_owner_created", "owner", "created"),)

    model: Mapped[str]
    strategy: Mapped[str] = mapped_column(String(64))
    score: Mapped[float | None]
    stop: Mapped[str] = mapped_column(String(16))
    generated: Mapped[int]
    discarded: Mapped[int]
    verifier: Mapped[int]
    seconds: Mapped[float]
    flops: Mapped[float]
    question: Mapped[str]
    size: Mapped[int]
    whole: Mapped[bool]


class TraceWords(Table, kw_only=True):
    """What was asked and said in a search, each part as compressed JSON.

    Attributes:
        trace: the id of the search.
        recorded: what it takes to run it again.
        told: what was asked, and what was answered.
    """

    __tablename__ = "trace_words"

    trace: Mapped[str] = mapped_column(
        String(64), ForeignKey("traces.id", ondelete="CASCADE"), primary_key=True
    )
    recorded: Mapped[bytes] = mapped_column(LargeBinary)
    told: Mapped[bytes] = mapped_column(LargeBinary)
