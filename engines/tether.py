"""Runs a command that must not outlive whoever started it: `tether.py [--grace S] -- COMMAND...`.

Standard input is the tether: a pipe that the starter holds open. When it ends, because the starter
closed it or died, even by SIGKILL, the command's whole process group gets SIGTERM, and SIGKILL
after the grace period. If the command ends first, what is left of its group is killed, and this
process ends with its status (128 + the signal's number, if a signal ended it).

Should this process itself be killed, the command dies with it on Linux (`PR_SET_PDEATHSIG`), but
not what the command started, and on other systems nothing does. Imports nothing of ours, so that
it can be run by its path, whatever the working directory.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_SIGNALLED = 128
_NOT_FOUND = 127
_GRACE_SECONDS = 10.0


def main(arguments: Sequence[str]) -> int:
    """Run the command after `--`, and return the status to end with."""
    split = list(arguments).index("--")
    options, command = arguments[:split], arguments[split + 1 :]
    grace = float(options[1]) if options else _GRACE_SECONDS
    signals = _signals()
    try:
        process = _start(command)
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        return _NOT_FOUND
    try:
        _wait(process, signals)
    finally:
        _end(process, grace)
    status = process.wait()
    return status if status >= 0 else _SIGNALLED - status


def _signals() -> int:
    """Have children's ends, and requests to end, come through a pipe; return its reading end."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    # The terminal's Ctrl-C is for the starter, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reading


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_parent() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    # This process has one thread, so running Python between fork and exec is safe.
    return subprocess.Popen(  # noqa: S603 - the command is the operator's
        command,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=die_with_parent,  # noqa: PLW1509
    )


def _wait(process: subprocess.Popen[bytes], signals: int) -> None:
    """Return when the command ended, standard input did, or this process was asked to end."""
    while process.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), signals], [], [])
        if signals in ready and signal.SIGTERM in os.read(signals, 1024):
            return
        if sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 1024):
            return


def _end(process: subprocess.Popen[bytes], grace: float) -> None:
    """End the process group: politely if the command still runs, and surely in any case."""
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return  # empty: macOS says PermissionError of a group of zombies


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
