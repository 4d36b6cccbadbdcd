"""The real servers, started once for a test run and only if a test asks for them."""

from collections.abc import Iterator

import pytest

from tests.vllm import servers

TEST_SECONDS = 300
"""A test's limit holds for the fixtures it is the first to use, and a server starts in 30 s."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("vllm"):
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


@pytest.fixture(scope="session")
def vllm_url() -> Iterator[str]:
    with servers.serve(servers.GENERATOR) as url:
        yield url


@pytest.fixture(scope="session")
def prm_url() -> Iterator[str]:
    with servers.serve(servers.PRM) as url:
        yield url
