"""The tables of keys, and of what was spent on them. Knows columns, not what is done with them."""

from sqlalchemy import JSON, BigInteger, Double, String
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Plain, Table


class Key(Table, kw_only=True):
    """One key, without its secret.

    Attributes:
        id: what it is known by.
        name: what people call it.
        prefix: the beginning of the secret, by which its holder knows it again.
        digest: SHA-256 of the secret, in hexadecimal.
        scopes: what it may be used for.
        limits: how much, as JSON has it.
        made: when, in seconds since 1970; so are the others.
        expires: from when on it is of no use; `None` for never.
        revoked: when it was taken back; `None` if it was not.
    """

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(String(16), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    limits: Mapped[Plain] = mapped_column(JSON)
    made: Mapped[float] = mapped_column(Double)
    expires: Mapped[float | None] = mapped_column(Double, default=None)
    revoked: Mapped[float | None] = mapped_column(Double, default=None)


class KeyDay(Table, kw_only=True):
    """What the requests of one key have spent in one day.

    Attributes:
        key: its id.
        day: of UTC, as 2026-12-31.
        requests: how many that spent something.
        tokens: read, but not from a prefix cache, and written, by generator and verifiers.
        cost: money, by the prices in the configuration.
    """

    __tablename__ = "key_days"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[float] = mapped_column(Double)
