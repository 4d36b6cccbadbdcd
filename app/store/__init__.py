"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.database import Store, open_store
from app.store.errors import ResponseNotFound, StoreError, TraceNotFound
from app.store.responses_table import KeptEvent, KeptResponse
from app.store.tables import Remembered

__all__ = [
    "KeptEvent",
    "KeptResponse",
    "Remembered",
    "ResponseNotFound",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
]
