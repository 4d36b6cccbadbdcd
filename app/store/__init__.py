"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.completions_table import KeptCompletion
from app.store.database import Store, open_store, version_at
from app.store.errors import NotKept, OtherVersion, StoreError, TraceNotFound
from app.store.idempotency_table import Claim
from app.store.tables import Remembered
from app.store.traces_table import KeptTrace

__all__ = [
    "Claim",
    "KeptCompletion",
    "KeptTrace",
    "NotKept",
    "OtherVersion",
    "Remembered",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
    "version_at",
]
