"""A Postgres of its own for a test, on the loopback, in a folder that goes with it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def postgres() -> Iterator[str]:
    """Give its address; the test is skipped where Postgres is not installed."""
    initdb, server = shutil.which("initdb"), shutil.which("postgres")
    if not (initdb and server):
        pytest.skip("Postgres is not installed: there is no `initdb` and `postgres`")
    with tempfile.TemporaryDirectory(prefix="fathom-postgres-") as folder, _port() as port:
        who = _somebody(Path(folder))
        data = f"{folder}/data"
        command = [initdb, "-D", data, "-U", "fathom", "--auth=trust", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, **who)
        words = ["-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"]
        with subprocess.Popen([server, *words], stderr=subprocess.DEVNULL, **who) as process:
            try:
                _wait(process, port)
                yield f"postgresql://fathom@127.0.0.1:{port}/postgres"
            finally:
                process.terminate()


@contextmanager
def _port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield port


def _somebody(folder: Path) -> dict[str, Any]:
    """Return whom to run it as: it refuses root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "cwd": folder, "extra_groups": []}


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until it takes connections, and answers them: a connection says that it does not."""
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            if "ready" in Path(f"{process.args[2]}/postmaster.pid").read_text():  # type: ignore[index]
                return
    raise AssertionError(f"Postgres ended with {process.returncode}")
