"""Programs run in the real sandbox, and the machine looked at afterwards."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.run import run
from sandbox.started import Recipe, start
from sandbox.wire import MEBIBYTE, Executed, Execution, File, Limits

TOGETHER = 1024 * MEBIBYTE

CALLS = """\
import ctypes, errno, mmap, os, platform, resource, signal, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {
    "add_key": (248, 217), "bpf": (321, 280), "clone": (56, 220), "clone3": (435, 435),
    "fanotify_init": (300, 262), "init_module": (175, 105), "io_uring_setup": (425, 425),
    "kcmp": (312, 272), "kexec_load": (246, 104), "keyctl": (250, 219), "landlock": (444, 444),
    "memfd_create": (319, 279), "move_mount": (429, 429), "mq_open": (180, 180),
    "open_by_handle_at": (304, 265), "perf_event_open": (298, 241), "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41), "quotactl": (179, 60), "reboot": (169, 142),
    "request_key": (249, 218), "seccomp": (317, 277), "shmget": (29, 194), "splice": (275, 76),
    "swapon": (167, 224), "syslog": (103, 116), "userfaultfd": (323, 282), "vmsplice": (278, 75),
}
def call(name, *arguments):
    number = _NUMBERS[name][platform.machine() != "x86_64"]
    return checked(libc.syscall(number, *map(ctypes.c_long, arguments)))
def checked(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
    return result
def tried(attempt):
    try:
        print("got through:", attempt())
    except socket.gaierror:
        print("gaierror")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
"""What attacks are written with: system calls by their names, on x86-64 and on aarch64."""


@dataclass(frozen=True)
class World:
    """Where programs are run in a test."""

    recipe: Recipe

    async def run(
        self,
        program: str,
        *,
        stdin: str = "",
        together: int = TOGETHER,
        files: dict[str, str] | None = None,
        **limits: Any,
    ) -> Executed:
        """Run a program in a sandbox of its own, and see that nothing of it is left."""
        named = {"main.py": program, **(files or {})}
        job = Execution(
            files=tuple(File(name=name, content=content) for name, content in named.items()),
            stdin=stdin,
            limits=Limits(**({"seconds": 20.0} | limits)),
        )
        sandbox = await start(self.recipe, job.limits.disk_bytes)
        # Held open, for else another sandbox's namespace may get the number of this one.
        with open(f"/proc/{sandbox.init}/ns/pid", "rb"):  # noqa: ASYNC230
            inside = os.readlink(f"/proc/{sandbox.init}/ns/pid")
            try:
                return await run(sandbox, job, memory_bytes=together)
            finally:
                await sandbox.end()
                assert not processes_in(inside)

    async def attempt(self, attempt: str, stdin: str = "") -> str:
        """Return what an expression came to inside: an error's name, or that it got through."""
        executed = await self.run(f"{CALLS}tried(lambda: {attempt})", stdin=stdin)
        return executed.stdout.strip() or executed.stderr


async def until(fact: Callable[[], bool]) -> None:
    """Wait until something is so, of which nothing tells that it has come to be."""
    async with asyncio.timeout(20):
        while not fact():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def processes_in(namespace: str) -> list[str]:
    """Return the processes in a namespace of processes, but for those that only await burial."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            alive = ") Z " not in (process / "stat").read_text()
            if alive and os.readlink(process / "ns" / "pid") == namespace:
                found.append(process.name)
        except OSError:
            continue  # it has ended, or is another user's
    return found
