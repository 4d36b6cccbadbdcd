"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.batches_table import Batch
from app.store.database import Store, open_store
from app.store.errors import (
    JobNotFound,
    LeaseLost,
    NoSuchBatch,
    NoSuchFile,
    ResponseNotFound,
    StoreError,
    TraceNotFound,
)
from app.store.files_table import File
from app.store.jobs_table import Job
from app.store.responses_table import KeptEvent, KeptResponse
from app.store.tables import Remembered

__all__ = [
    "Batch",
    "File",
    "Job",
    "JobNotFound",
    "KeptEvent",
    "KeptResponse",
    "LeaseLost",
    "NoSuchBatch",
    "NoSuchFile",
    "Remembered",
    "ResponseNotFound",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
]
