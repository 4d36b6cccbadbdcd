"""What routes need that keep something: the database of the service, and its jobs."""

from typing import Annotated

from fastapi import Depends

from app.chat import service
from app.errors import DatabaseOff
from app.jobs.jobs import Jobs
from app.service import Service


async def jobs(service: Annotated[Service, Depends(service)]) -> Jobs:
    """Hand a route the jobs of the service.

    Raises:
        DatabaseOff: there is no database to keep any in.
    """
    if service.jobs is None:
        raise DatabaseOff
    return service.jobs
