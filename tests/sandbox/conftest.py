"""The sandbox that there is here. On Linux there has to be one: without it these tests fail."""

import asyncio
import sys

import pytest

from sandbox.tier import choose
from tests.sandbox.world import World


@pytest.fixture(scope="session")
def world() -> World:
    if sys.platform != "linux":
        pytest.skip("sandboxes are made of Linux's namespaces")
    return World(asyncio.run(choose()).recipe)
