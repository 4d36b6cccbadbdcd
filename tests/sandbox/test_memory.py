"""Memory as it is seen from outside, of processes that come and go."""

import os
import subprocess
import sys

import pytest

from sandbox.memory import below, memory_below
from sandbox.wire import MEBIBYTE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
HOLDS = "x = b'x' * (50 << 20)\nprint('ready', flush=True)\ninput()"
FORKS = "import os\nfor _ in range(300):\n  if os.fork() == 0: os._exit(0)\n  os.wait()"


def test_what_a_child_holds_is_seen() -> None:
    command = [sys.executable, "-c", HOLDS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        seen = memory_below(os.getpid(), worrying=1 << 40)
        assert str(child.pid) in {process.name for process in below(os.getpid())}
        child.communicate(b"\n")
    assert seen.together >= seen.largest > 50 * MEBIBYTE


def test_processes_that_end_while_they_are_counted_do_no_harm() -> None:
    with subprocess.Popen([sys.executable, "-c", FORKS]) as child:
        while child.poll() is None:
            seen = memory_below(os.getpid(), worrying=0)
            assert seen.together >= 0


def test_a_process_that_has_ended_has_nothing_below_it() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert list(below(child.pid)) == []
