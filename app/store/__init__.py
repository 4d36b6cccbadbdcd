"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.database import Store, open_store
from app.store.errors import KeyNotFound, StoreError, TraceNotFound
from app.store.keys_table import Key, KeyDay
from app.store.tables import Remembered

__all__ = [
    "Key",
    "KeyDay",
    "KeyNotFound",
    "Remembered",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
]
