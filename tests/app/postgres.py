"""A Postgres of its own for a test, on the loopback, in a folder that goes with it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.listening import listen


def _programs() -> Path | None:
    """Return the folder of Postgres's programs, if it is installed."""
    found = shutil.which("initdb")
    known = [Path(found).resolve().parent] if found else []
    known += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in known if (folder / "initdb").exists()), None)


@contextmanager
def postgres() -> Iterator[str]:
    """Give its address; the test is skipped where Postgres is not installed."""
    folder = _programs()
    if folder is None:
        pytest.skip("Postgres is not installed")
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
    with tempfile.TemporaryDirectory() as own:
        how = {"cwd": own, **_somebody(own)}
        making = [folder / "initdb", "-D", "data", "-U", "fathom", "-A", "trust", "--no-sync"]
        subprocess.run(making, check=True, stdout=subprocess.DEVNULL, **how)
        serving = [folder / "postgres", "-D", "data", "-p", port, "-k", own, "-h", "127.0.0.1"]
        with subprocess.Popen([*serving, "-c", "fsync=off"], stderr=subprocess.DEVNULL,
                              **how) as process:  # fmt: skip
            try:
                asking = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
                while subprocess.run(asking, check=False).returncode:
                    assert process.poll() is None
                yield f"postgresql://fathom@127.0.0.1:{port}/postgres"
            finally:
                process.terminate()
                process.wait(20)


def _somebody(own: str) -> dict[str, Any]:
    """Return how to start a process as another user if this is root, as whom Postgres does not."""
    if os.getuid():
        return {}
    shutil.chown(own, "nobody", "nogroup")
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}
