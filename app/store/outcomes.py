"""Answered chat completions, and what was said of them afterwards."""

from collections.abc import Sequence

from sqlalchemy import select

from app.store.database import Store
from app.store.errors import TraceNotFound
from app.store.tables import Remembered


async def remember(store: Store, answered: Remembered) -> None:
    """Keep what is to be known of an answer.

    Raises:
        StoreError: the database failed.
    """
    async with store.session() as session:
        session.add(answered)


async def judge(store: Store, trace: str, *, right: bool) -> bool | None:
    """Keep a verdict on an answer, in place of an earlier one; return that, if there was one.

    Raises:
        TraceNotFound: no such answer is remembered.
        StoreError: the database failed.
    """
    async with store.session() as session:
        answered = await session.get(Remembered, trace, with_for_update=True)
        if answered is None:
            raise TraceNotFound(trace)
        earlier, answered.right = answered.right, right
        return earlier


async def chosen_by(store: Store, model: str, estimator: str) -> Sequence[Remembered]:
    """Return the answers of a model for which a policy of this estimator chose, oldest first.

    Raises:
        StoreError: the database failed.
    """
    wanted = (
        select(Remembered)
        .where(Remembered.model == model, Remembered.estimator == estimator)
        .order_by(Remembered.at, Remembered.trace)
    )
    async with store.session() as session:
        return (await session.scalars(wanted)).all()
