"""Answers under the keys that clients gave their requests."""

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Plain, Table


class Claim(Table, kw_only=True):
    """One key: the request that has it, and the answer, once there is one.

    Attributes:
        owner: whose key it is: the id of who asked.
        key: as the client gave it.
        asked: SHA-256 of the request.
        holder: the run that answers it, which nothing else may end.
        held_until: when others may take it that the holder has died, in seconds since 1970.
        expires: when the key is free again, in seconds since 1970.
        status: of the answer; `None` as long as there is none.
        headers: of the answer, those that are sent again.
        content: of the answer, compressed.
    """

    __tablename__ = "idempotency"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    asked: Mapped[str] = mapped_column(String(64))
    holder: Mapped[str] = mapped_column(String(32))
    held_until: Mapped[float]
    expires: Mapped[float] = mapped_column(index=True)
    status: Mapped[int | None] = mapped_column(default=None)
    headers: Mapped[Plain | None] = mapped_column(JSON(none_as_null=True), default=None)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
