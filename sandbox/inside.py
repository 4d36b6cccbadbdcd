"""Runs inside a sandbox, before and beside the program: takes one job, and says how it went.

Started by `languages.Python` as `python -I -S -c`, with the number of a descriptor: a connection to
whoever started the sandbox. It says `ready`, waits for a job (8 bytes of length, then JSON), writes
its files, and runs the first one in a child with the job's limits on it. When the child ends, or
the connection does, everything else in the sandbox is killed, and one line of JSON says how the
child ended. The child has none of this process's descriptors; it can kill this process, and then
ends with it; it cannot read or write its memory. Imports nothing of ours.
"""

import builtins
import ctypes
import gc
import json
import os
import resource
import select
import signal
import sys
import time
import types
from _sitebuiltins import Quitter
from typing import Any

_FOLDER = "/tmp"  # noqa: S108 - the sandbox's own, on a file system of its own
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_WATCHERS = 2
"""Processes of this sandbox that are not the program's: bubblewrap's init and this one."""
_NUMBER = 2
"""This process in a namespace of its own, in which bubblewrap's init is the first."""
_FILES_OPEN = 64
_DESCRIPTORS = 1024


def main(control: int) -> None:
    """Run one job; returns in the program's own process only, when the program did."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    os.write(control, b"ready\n")
    name, limits = _job(control)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    gc.freeze()  # what is here before the program is not the program's to collect: 5 ms at its end
    began = time.monotonic()
    child = os.fork()
    if child:
        report = _await(child, control, waking)
        report["seconds"] = time.monotonic() - began
        os.write(control, json.dumps(report).encode() + b"\n")
        os.closerange(0, 3)  # nothing more will be printed
        _read(control, 1)  # until it is killed, or alone
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.closerange(3, _DESCRIPTORS)
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    _limit(limits)
    _program(name)


def _job(control: int) -> tuple[str, dict[str, Any]]:
    """Take the job and write its files; return which is the program, and its limits."""
    job = json.loads(_read(control, int.from_bytes(_read(control, 8), "big")))
    for file in job["files"]:
        with open(f"{_FOLDER}/{file['name']}", "w", encoding="utf-8", newline="") as written:
            written.write(file["content"])
    return job["files"][0]["name"], job["limits"]


def _read(control: int, length: int) -> bytes:
    parts = []
    while length:
        part = os.read(control, min(length, 1 << 20))
        if not part:
            os._exit(0)  # nobody wants anything run any more
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _await(child: int, control: int, waking: int) -> dict[str, Any]:
    """Reap whatever ends until the child does; kill the rest, and reap that too."""
    report: dict[str, Any] = {"status": None, "cpu_seconds": 0.0, "memory_bytes": 0}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(waking, select.POLLIN)
    while report["status"] is None:
        for descriptor, _ in poll.poll():
            if descriptor == control:
                _kill_others(child)
                poll.unregister(control)
            else:
                os.read(waking, 512)
        _reap(child, report, os.WNOHANG)
    try:
        _kill_others(child)
    except ProcessLookupError:
        return report
    _reap(child, report, 0)
    return report


def _kill_others(child: int) -> None:
    """Kill everything else in the sandbox.

    Where there is none, for bubblewrap is something else, that would be all that this user runs:
    the child alone is killed then, and the self-test says what is missing.
    """
    os.kill(-1 if os.getpid() == _NUMBER else child, signal.SIGKILL)


def _reap(child: int, report: dict[str, Any], options: int) -> None:
    while True:
        try:
            pid, status, used = os.wait4(-1, options)
        except ChildProcessError:
            return
        if not pid:
            return
        report["memory_bytes"] = max(report["memory_bytes"], used.ru_maxrss * 1024)
        if pid == child:
            report |= {"status": status, "cpu_seconds": used.ru_utime + used.ru_stime}


def _limit(limits: dict[str, Any]) -> None:
    """Put limits on this process and all it starts. None can be raised again."""
    try:
        with open("/proc/self/oom_score_adj", "w") as score:  # should memory run out: this first
            score.write("1000")
    except OSError:
        pass  # there is no /proc here
    for what, most in (
        (resource.RLIMIT_CORE, 1),  # with 0 the machine's handler of crashes would still be run
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NOFILE, _FILES_OPEN),
        (resource.RLIMIT_FSIZE, limits["disk_bytes"]),
        (resource.RLIMIT_NPROC, limits["processes"] + _WATCHERS),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
    ):
        resource.setrlimit(what, (most, most))
    # A second between SIGXCPU, which can be ignored, and SIGKILL, which cannot.
    seconds = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _program(name: str) -> None:
    """Become the program: what it sees is what `python NAME` would show it, but for `site`."""
    path = f"{_FOLDER}/{name}"
    main_module = types.ModuleType("__main__")
    main_module.__dict__.update(__file__=path, __builtins__=builtins)
    sys.modules["__main__"] = main_module
    sys.argv[:] = [path]
    sys.path.insert(0, _FOLDER)
    builtins.exit, builtins.quit = Quitter("exit", "Ctrl-D"), Quitter("quit", "Ctrl-D")
    sys.excepthook = _show
    with open(path, "rb") as file:
        source = file.read()
    exec(compile(source, path, "exec"), main_module.__dict__)  # noqa: S102 - what it is here for


def _show(
    kind: type[BaseException], error: BaseException, trace: types.TracebackType | None
) -> None:
    """Print an error without the lines of this file."""
    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


if __name__ == "__main__":
    main(int(sys.argv[1]))
