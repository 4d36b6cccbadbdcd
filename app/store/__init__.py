"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.batches_table import Batch
from app.store.completions_table import KeptCompletion
from app.store.database import Store, open_store, version_at
from app.store.errors import (
    JobNotFound,
    KeyNotFound,
    LeaseLost,
    NoSuchBatch,
    NoSuchFile,
    NotKept,
    OtherVersion,
    ResponseNotFound,
    StoreError,
    TraceNotFound,
)
from app.store.files_table import File
from app.store.idempotency_table import Claim
from app.store.jobs_table import Job
from app.store.keys_table import Key, KeyDay
from app.store.responses_table import KeptEvent, KeptResponse
from app.store.tables import Remembered
from app.store.traces_table import KeptTrace

__all__ = [
    "Batch",
    "Claim",
    "File",
    "Job",
    "JobNotFound",
    "KeptCompletion",
    "KeptEvent",
    "KeptResponse",
    "KeptTrace",
    "Key",
    "KeyDay",
    "KeyNotFound",
    "LeaseLost",
    "NoSuchBatch",
    "NoSuchFile",
    "NotKept",
    "OtherVersion",
    "Remembered",
    "ResponseNotFound",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
    "version_at",
]
