"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.database import Store, open_store, version_at
from app.store.errors import OtherVersion, StoreError, TraceNotFound
from app.store.tables import Remembered

__all__ = [
    "OtherVersion",
    "Remembered",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
    "version_at",
]
