"""What the service remembers between requests: a database, a table for each kind of thing."""

from app.store.database import Store, open_store
from app.store.errors import JobNotFound, LeaseLost, StoreError, TraceNotFound
from app.store.jobs_table import Job
from app.store.tables import Remembered

__all__ = [
    "Job",
    "JobNotFound",
    "LeaseLost",
    "Remembered",
    "Store",
    "StoreError",
    "TraceNotFound",
    "open_store",
]
