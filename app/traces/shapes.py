"""The JSON of what is kept: lists as OpenAI has them, and the summary of a search."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Path, Query

from app.store import KeptTrace
from app.store.pages import Cut

Id: TypeAlias = Annotated[str, Path(pattern=r"^[\w-]{1,64}$")]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=100, description="how many")]
After: TypeAlias = Annotated[
    str | None, Query(pattern=r"^[\w-]{1,80}$", description="the id to begin behind")
]
Order: TypeAlias = Literal["asc", "desc"]
Named: TypeAlias = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


def cut_of(limit: int, after: str | None, order: Order) -> Cut:
    """Return the part of a list that a request asks for."""
    return Cut(limit, after, newest_first=order == "desc")


def listed(data: Sequence[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    """Return OpenAI's list of objects that have an `id`."""
    ids = [one["id"] for one in data]
    ends = {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
    return {"object": "list", "data": list(data), **ends, "has_more": more}


def summary(row: KeptTrace) -> dict[str, Any]:
    """Return what a list shows of a search."""
    return {
        "id": row.id,
        "object": "search.trace",
        "created": int(row.created),
        "model": row.model,
        "strategy": row.strategy,
        "score": row.score,
        "stop": row.stop,
        "tokens": {
            "generated": row.generated,
            "discarded": row.discarded,
            "verifier": row.verifier,
        },
        "seconds": round(row.seconds, 4),
        "flops": row.flops,
        "question": row.question,
        "bytes": row.size,
        "kept": "whole" if row.whole else "summary",
    }
