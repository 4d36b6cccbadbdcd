"""Chat completions that are kept: found, listed, labelled, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.completions_table import KeptCompletion, Label
from app.store.database import Store
from app.store.errors import NotKept
from app.store.pages import Cut, owned, page
from app.store.traces_table import KeptTrace


@dataclass(frozen=True, slots=True)
class WantedCompletions:
    """Which completions: whose (`None` for everybody's), of which model, with which metadata."""

    owner: str | None
    model: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A completion with its metadata."""

    row: KeptCompletion
    metadata: dict[str, str]


async def find_completion(store: Store, completion: str, owner: str | None) -> Labelled:
    """Return a completion.

    Raises:
        NotKept: there is none of this id, or it is another's.
        StoreError: the database failed.
    """
    async with store.session() as session:
        row = await _find(session, completion, owner)
        [found] = await _labelled(session, [row])
        return found


async def list_completions(
    store: Store, wanted: WantedCompletions, cut: Cut
) -> tuple[list[Labelled], bool]:
    """Return a part of the completions that are wanted, and whether there are more.

    Raises:
        NotKept: the one to begin behind is not among them.
        StoreError: the database failed.
    """
    conditions = owned(KeptCompletion, wanted.owner)
    if wanted.model is not None:
        conditions.append(KeptCompletion.model == wanted.model)
    for key, value in wanted.metadata.items():
        said = (Label.completion == KeptCompletion.id, Label.key == key, Label.value == value)
        conditions.append(exists().where(*said))
    async with store.session() as session:
        found = await page(session, KeptCompletion, cut, conditions)
        return await _labelled(session, found.rows), found.more


async def relabel(
    store: Store, completion: str, owner: str | None, metadata: Mapping[str, str]
) -> Labelled:
    """Put metadata in place of a completion's.

    Raises:
        NotKept: there is none of this id, or it is another's.
        StoreError: the database failed.
    """
    async with store.session() as session:
        row = await _find(session, completion, owner)
        # Two at once would both delete the old metadata, and then both add theirs.
        await session.refresh(row, ["size"], with_for_update=True)
        await session.execute(delete(Label).where(Label.completion == completion))
        session.add_all(labels(completion, metadata))
        return Labelled(row, dict(metadata))


async def delete_completion(store: Store, completion: str, owner: str | None) -> None:
    """Delete a completion, and with it the search that found it.

    Raises:
        NotKept: there is none of this id, or it is another's.
        StoreError: the database failed.
    """
    async with store.session() as session:
        await session.delete(await _find(session, completion, owner))
        await session.execute(delete(KeptTrace).where(KeptTrace.id == completion))


def labels(completion: str, metadata: Mapping[str, str]) -> list[Label]:
    """Return metadata as rows."""
    return [Label(completion=completion, key=k, value=v) for k, v in metadata.items()]


async def _find(session: AsyncSession, completion: str, owner: str | None) -> KeptCompletion:
    conditions = (KeptCompletion.id == completion, *owned(KeptCompletion, owner))
    found = await session.scalar(select(KeptCompletion).where(*conditions))
    if found is None:
        raise NotKept(completion)
    return found


async def _labelled(session: AsyncSession, rows: Sequence[KeptCompletion]) -> list[Labelled]:
    wanted = select(Label).where(Label.completion.in_([row.id for row in rows]))
    found: dict[str, dict[str, str]] = {row.id: {} for row in rows}
    for label in await session.scalars(wanted.order_by(Label.key)):
        found[label.completion][label.key] = label.value
    return [Labelled(row, found[row.id]) for row in rows]
