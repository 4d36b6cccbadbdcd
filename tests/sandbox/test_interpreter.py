"""Which Python programs are run by."""

import os
import subprocess
import sys

import pytest

from sandbox.identity import NOBODY, Identity
from sandbox.interpreter import find_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="users are Linux's")


def test_the_interpreter_is_one_that_the_sandboxes_user_can_run() -> None:
    identity = Identity.here()
    found = find_python(identity)
    program = "import os, sys; print(os.getuid(), *sys.version_info)"
    told = subprocess.run(
        [found.executable, "-I", "-S", "-c", program],
        capture_output=True, text=True, check=True, cwd="/", **identity.arguments,
    )  # fmt: skip
    assert told.stdout.split()[:4] == [str(identity.uid), *found.version.split(".")]


def test_what_it_needs_is_there() -> None:
    found = find_python(Identity.here())
    assert all(path.exists() for path in found.needs)
    assert found.executable.resolve() == found.executable


def test_programs_never_run_as_root() -> None:
    identity = Identity.here()
    assert identity.uid == (NOBODY if os.geteuid() == 0 else os.geteuid())
    assert identity.uid != 0
