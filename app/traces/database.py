"""The database, for routes that are nothing without one."""

from typing import Annotated

from fastapi import Depends

from app.chat import service
from app.errors import DatabaseOff
from app.service import Service
from app.store import Store


async def database(service: Annotated[Service, Depends(service)]) -> Store:
    """Hand a route the database.

    Raises:
        DatabaseOff: there is none.
    """
    if service.store is None:
        raise DatabaseOff
    return service.store
