"""Where the clients are, and services for them to drive."""

import pytest

from tests.app.conftest import served
from tests.clients import harness

__all__ = ["served"]

TEST_SECONDS = 400
"""Programs take up to 20 s to start, and much longer on a machine that is shared."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("clients"):
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))
            if not harness.PYTHON.exists():
                why = f"there is no {harness.ENVIRONMENT.name}: `make clients-env` makes it"
                item.add_marker(pytest.mark.skip(reason=why))
