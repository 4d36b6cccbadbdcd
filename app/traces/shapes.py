"""What a list shows of a search, and what requests may say of lists of what is kept."""

from typing import Annotated, Any, TypeAlias

from fastapi import Path, Query

from app.store import KeptTrace

Id: TypeAlias = Annotated[str, Path(pattern=r"^[\w-]{1,64}$")]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=100, description="how many")]
Named: TypeAlias = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


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
