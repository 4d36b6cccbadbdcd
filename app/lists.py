"""Lists over HTTP, in pages as OpenAI has them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Query

from app.store.errors import NotKept
from app.store.pages import Cut

After: TypeAlias = Annotated[
    str | None, Query(pattern=r"^[\w-]{1,80}$", description="the id to begin behind")
]
Order: TypeAlias = Literal["asc", "desc"]


def cut_of(limit: int, after: str | None, order: Order) -> Cut:
    """Return the part of a list that a request asks for."""
    return Cut(limit, after, newest_first=order == "desc")


def listed(data: Sequence[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    """Return OpenAI's list of objects that have an `id`."""
    ids = [one["id"] for one in data]
    ends = {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
    return {"object": "list", "data": list(data), **ends, "has_more": more}


def page_of(items: Sequence[dict[str, Any]], cut: Cut) -> dict[str, Any]:
    """Return a part of a list that is known as a whole, the oldest first.

    Raises:
        NotKept: the one to begin behind is not among them.
    """
    order = list(reversed(items)) if cut.newest_first else list(items)
    start = 0
    if cut.after is not None:
        places = [i for i, item in enumerate(order) if item["id"] == cut.after]
        if not places:
            raise NotKept(cut.after, param="after")
        start = places[0] + 1
    rest = order[start:]
    return listed(rest[: cut.limit], more=len(rest) > cut.limit)
