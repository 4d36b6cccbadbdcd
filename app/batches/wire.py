"""Files and batches as OpenAI's JSON has them."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from app.body import Body, RequestBody
from app.store import Batch, File

SHORTEST_SECONDS, LONGEST_SECONDS = 3600, 30 * 24 * 3600
"""Of how long a client may have its files kept."""
Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
    Field(max_length=16),
]


class ExpiresAfter(Body):
    """How long a file is kept."""

    anchor: Literal["created_at"]
    seconds: int = Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)


class BatchRequest(RequestBody):
    """`POST /v1/batches`."""

    input_file_id: str = Field(description="a file with the purpose `batch`")
    endpoint: str = Field(description="where every line of the file is sent to")
    completion_window: Literal["24h"] = Field(description="how long it may take")
    metadata: Metadata | None = Field(default=None, description="kept, and given back")
    output_expires_after: ExpiresAfter | None = Field(
        default=None, description="how long the files of the batch's own are kept"
    )


def file_object(file: File) -> dict[str, Any]:
    """Return a file, without its bytes."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": int(file.created),
        "expires_at": int(file.expires),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }


def batch_object(batch: Batch) -> dict[str, Any]:
    """Return a batch."""
    errors = {"object": "list", "data": batch.errors} if batch.errors else None
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "model": batch.model,
        "errors": errors,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "status": batch.status,
        "output_file_id": batch.output_file,
        "error_file_id": batch.error_file,
        **_times(batch),
        "request_counts": {
            "total": batch.total or 0,
            "completed": batch.done,
            "failed": batch.wrong,
        },
        "usage": _usage(batch),
        "metadata": batch.notes,
    }


def _times(batch: Batch) -> dict[str, int | None]:
    ends = ("completed", "failed", "expired", "cancelled")
    times = {
        "created": batch.created,
        "in_progress": batch.in_progress,
        "expires": batch.expires,
        "finalizing": batch.finalizing,
        "cancelling": batch.cancelling,
        **{end: batch.over if batch.status == end else None for end in ends},
    }
    return {f"{name}_at": None if at is None else int(at) for name, at in times.items()}


def _usage(batch: Batch) -> dict[str, Any]:
    return {
        "input_tokens": batch.input_tokens,
        "input_tokens_details": {"cached_tokens": batch.cached_tokens},
        "output_tokens": batch.output_tokens,
        "output_tokens_details": {"reasoning_tokens": batch.reasoning_tokens},
        "total_tokens": batch.input_tokens + batch.output_tokens,
    }
