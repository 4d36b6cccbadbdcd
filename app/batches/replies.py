"""The shapes of files and batches, for the OpenAPI document."""

from typing import Literal

from typing_extensions import TypedDict

from app.chat_replies import CompletionTokens, Count, PromptTokens
from app.replies import List
from app.store.batches_table import Status


class FileObject(TypedDict):
    """A file, without its bytes."""

    id: str
    object: Literal["file"]
    bytes: Count
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: Literal["processed"]
    status_details: None


class BatchFault(TypedDict):
    """What is wrong with a batch's file, and on which line."""

    code: str
    message: str
    param: str | None
    line: int | None


class RequestCounts(TypedDict):
    """Of a batch's requests."""

    total: Count
    completed: Count
    failed: Count


class BatchUsage(TypedDict):
    """Every token read and drawn."""

    input_tokens: Count
    input_tokens_details: PromptTokens
    output_tokens: Count
    output_tokens_details: CompletionTokens
    total_tokens: Count


class BatchObject(TypedDict):
    """A batch: how far it is, and where its answers are."""

    id: str
    object: Literal["batch"]
    endpoint: str
    model: str | None
    errors: List[BatchFault] | None
    input_file_id: str
    completion_window: Literal["24h"]
    status: Status
    output_file_id: str | None
    error_file_id: str | None
    created_at: int
    in_progress_at: int | None
    expires_at: int
    finalizing_at: int | None
    cancelling_at: int | None
    completed_at: int | None
    failed_at: int | None
    expired_at: int | None
    cancelled_at: int | None
    request_counts: RequestCounts
    usage: BatchUsage
    metadata: dict[str, str] | None
