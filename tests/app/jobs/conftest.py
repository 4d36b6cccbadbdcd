"""Where jobs are kept: in a file, and where the marker is asked for in a Postgres too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.postgres import postgres as a_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with a_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.jobs)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database; the Postgres is the same one for all."""
    if request.param == "sqlite":
        return str(tmp_path / "a.db")
    return str(request.getfixturevalue("postgres"))
