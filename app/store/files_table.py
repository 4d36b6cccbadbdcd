"""The tables of files: what each is, and its bytes in parts. Knows columns alone."""

from sqlalchemy import Double, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.pages import Owned
from app.store.tables import Table

PART_BYTES = 2**20
"""Of every part of a file but its last."""


class File(Owned, kw_only=True):
    """A file, without its bytes. Times are in seconds since 1970.

    Attributes:
        owner: the id of the key it is of; "" for anyone.
        name: what whoever sent it calls it.
        purpose: what it is for, in OpenAI's words.
        bytes: how many it has.
        whole: whether all of them are there; until then nobody sees it.
        expires: when it is deleted.
    """

    __tablename__ = "files"
    __table_args__ = (
        Index("ix_files_owner", "owner", "created", "id"),
        Index("ix_files_expires", "expires"),
    )

    name: Mapped[str] = mapped_column(String(256))
    purpose: Mapped[str] = mapped_column(String(32))
    bytes: Mapped[int] = mapped_column(default=0)
    whole: Mapped[bool] = mapped_column(default=False)
    created: Mapped[float] = mapped_column(Double)
    expires: Mapped[float] = mapped_column(Double)


class Part(Table, kw_only=True):
    """A part of a file; `place` counts from 0."""

    __tablename__ = "file_parts"

    file: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
