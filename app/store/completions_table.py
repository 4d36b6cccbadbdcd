"""Chat completions that are kept, and what their owners have labelled them with."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.pages import Owned
from app.store.tables import Table


class KeptCompletion(Owned, kw_only=True):
    """One chat completion that was to be kept.

    Attributes:
        id: the completion's.
        created: when it was answered.
        model: by the name that was asked for.
        size: bytes of `words`.
        words: what was asked and answered, as compressed JSON.
    """

    __tablename__ = "completions"
    __table_args__ = (Index("ix_completions_owner_created", "owner", "created"),)

    model: Mapped[str]
    size: Mapped[int]
    words: Mapped[bytes] = mapped_column(LargeBinary)


class Label(Table, kw_only=True):
    """One pair of a completion's `metadata`.

    Attributes:
        completion: the id of the completion.
        key: what it is called by.
        value: what it says.
    """

    __tablename__ = "completion_metadata"

    completion: Mapped[str] = mapped_column(
        String(64), ForeignKey("completions.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(512))
