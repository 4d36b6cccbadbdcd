from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("fathom", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fathom")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep services that tests start from the database of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FATHOM_DATABASE", str(tmp_path_factory.mktemp("database") / "fathom.db"))
        yield
