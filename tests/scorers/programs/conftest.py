"""The real sandbox, one for a module: a child of the test's own process."""

import pytest

from scorers.programs.sandbox import OwnSandbox


@pytest.fixture(scope="session")
async def sandbox():
    async with OwnSandbox() as own:
        yield own
