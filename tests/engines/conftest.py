"""The real embedded server, started once for a test run and only if a test asks for it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engines import tether
from engines.http import Transport
from engines.llamacpp import LlamaCppConfig, find_model, read_address, server_environment
from engines.llamacpp_client import LlamaCpp, probe

pytest.register_assert_rewrite(
    "tests.engines.contract", "tests.engines.thoughts", "tests.engines.tokens"
)
CONFIG = LlamaCppConfig(context=4096, slots=4, threads=1)
KEY = "a key for tests"
SERVER = Path(tether.__file__).with_name("llamacpp_server.py")


@pytest.fixture(scope="session")
def embedded_address() -> Iterator[str]:
    """Start the server outside of any event loop, which tests have one each of."""
    server = [sys.executable, "-P", str(SERVER)]
    command = [sys.executable, "-I", tether.__file__, "--", *server]
    env = os.environ | server_environment(CONFIG, find_model(None), KEY)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=env, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdin
        address = read_address(process.stdout.readline())
        assert address, "the embedded server did not start"
        yield address
        process.stdin.close()


@pytest.fixture
async def server(embedded_address: str) -> AsyncIterator[Transport]:
    async with Transport(embedded_address, api_key=KEY) as transport:
        yield transport


@pytest.fixture
async def embedded(server: Transport) -> LlamaCpp:
    return await probe(server, CONFIG.context, model=find_model(None))
