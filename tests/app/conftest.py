"""The service as a user starts it: a process of its own, on the embedded model, on a free port."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.postgres import postgres

FATHOM = str(Path(sys.executable).with_name("fathom"))


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of a running service, once it has said that it can answer."""
    command = [FATHOM, "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("    -d "):
                break
        try:
            yield next(line.split()[1] for line in said if line.startswith("  address"))
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of a Postgres, in a process of its own."""
    with postgres() as address:
        yield address


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """The address of a real sandbox, in a process of its own."""
    command = [sys.executable, "-P", "-m", "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield str(json.loads(process.stdout.readline())["address"])
        finally:
            process.terminate()
