"""Children and their tether, with real processes; time is the keeper's clock, which is not real."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from engines import tether
from engines.child import Child, Clock, Patience
from engines.errors import EngineUnavailable

TETHER = (sys.executable, "-I", tether.__file__, "--grace", "0.2", "--")
SLEEPER = ("sh", "-c", "echo up; exec sleep 600")
STUBBORN = ("sh", "-c", "trap '' TERM; echo up; while :; do sleep 600; done")
FAMILY = ("sh", "-c", "sleep 600 & echo $!; exec sleep 600")
WITHIN_SECONDS = 10


class Watch:
    """A clock whose sleeps take no time; it lists those of a second and more."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if seconds >= 1:
            self.slept.append(seconds)
        await asyncio.sleep(0)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


class Said:
    """Healthy once the child has said "up" in this life. Its `lines` are all that was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sick = False

    def hear(self, line: str) -> None:
        self.lines.append(line)

    async def healthy(self) -> None:
        if self.sick or not self.lines:
            raise EngineUnavailable("not up")


def child(command: tuple[str, ...], said: Said, watch: Watch, **patience: float) -> Child:
    return Child(
        command,
        name="model",
        healthy=said.healthy,
        hear=said.hear,
        clock=watch.clock,
        patience=Patience(**{"start": 1e9, "poll": 0.01, "check": 0.01} | patience),
    )


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with suppress(FileNotFoundError):  # a zombie that init has yet to collect is gone enough
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return False


def wait_until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not fact():
        assert time.monotonic() < deadline, "it did not come true in time"
        os.sched_yield()


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not fact():  # noqa: ASYNC110 - a fact of another process has no event
            await asyncio.sleep(0)


def tethered(command: tuple[str, ...], **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*TETHER, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    )


def test_closing_the_tether_ends_the_whole_group():
    with tethered(FAMILY) as process:
        grandchild = int(process.stdout.readline())
        process.stdin.close()
        assert process.wait(WITHIN_SECONDS) == 128 + signal.SIGTERM
    wait_until(lambda: gone(grandchild))


def test_a_command_deaf_to_sigterm_is_killed():
    with tethered(STUBBORN) as process:
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(WITHIN_SECONDS) == 128 + signal.SIGKILL


def test_the_tether_ends_with_its_commands_status():
    with tethered(("sh", "-c", "exit 7")) as process:
        assert process.wait(WITHIN_SECONDS) == 7


def test_a_command_that_does_not_exist_is_said_so():
    with tethered(("/no/such/command",), stderr=subprocess.PIPE) as process:
        assert process.wait(WITHIN_SECONDS) == 127
        assert process.stderr.read() == "cannot run /no/such/command: No such file or directory\n"


def test_killing_the_starter_ends_everything_it_started():
    starter = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen({[*TETHER, *FAMILY]!r}, stdin=-1, start_new_session=True)\n"
        "print(p.pid, flush=True); p.wait()"
    )
    command = [sys.executable, "-c", starter]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        pids = [int(process.stdout.readline()) for _ in range(2)]
        process.kill()
    wait_until(lambda: all(map(gone, pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot tie a child to a process")
def test_killing_the_tether_kills_the_command():
    with tethered(("sh", "-c", "echo $$; exec sleep 600")) as process:
        command = int(process.stdout.readline())
        process.kill()
    wait_until(lambda: gone(command))


async def test_a_child_is_ready_once_it_is_healthy():
    said = Said()
    async with child(SLEEPER, said, Watch()) as server:
        await server.ready()
        assert (said.lines, server.restarts) == (["up"], 0)


async def test_a_child_ends_with_its_context():
    said = Said()
    async with child(("sh", "-c", "echo $$; exec sleep 600"), said, Watch()) as server:
        await server.ready()
    await until(lambda: gone(int(said.lines[0])))


async def test_a_child_that_cannot_start_tells_its_last_words():
    command = ("sh", "-c", "for i in $(seq 60); do echo line $i; done; echo bad news >&2; exit 3")
    said = Said()
    said.sick = True
    async with child(command, said, Watch()) as server:
        with pytest.raises(EngineUnavailable) as caught:
            await server.ready()
    message = str(caught.value)
    assert message.startswith("model ended with status 3\n")
    assert "line 60" in message
    assert "bad news" in message
    assert "line 10\n" not in message


async def test_a_child_that_is_never_healthy_is_given_up():
    said = Said()
    said.sick = True
    async with child(SLEEPER, said, Watch(), start=90) as server:
        with pytest.raises(EngineUnavailable, match="was not up after 90 s"):
            await server.ready()


async def test_a_child_that_crashes_is_started_again_later_and_later():
    said, watch = Said(), Watch()
    async with child(("sh", "-c", "echo up; exit 1"), said, watch, check=0) as server:
        await until(lambda: server.restarts == 7)
    assert watch.slept[:7] == [1, 2, 4, 8, 16, 30, 30]


async def test_a_child_that_was_well_for_a_minute_is_started_again_soon():
    said, watch = Said(), Watch()
    async with child(SLEEPER, said, watch) as server:
        for _ in range(3):
            await server.ready()
            watch.now += 60
            before, said.sick = server.restarts, True
            await until(lambda before=before: server.restarts > before)
            said.sick = False
    assert watch.slept[:3] == [1, 1, 1]


async def test_a_stuck_child_is_started_again():
    said = Said()
    async with child(SLEEPER, said, Watch()) as server:
        await server.ready()
        said.sick = True
        await until(lambda: server.restarts == 1)
        said.sick = False
        await server.ready()
        await until(lambda: said.lines == ["up", "up"])


async def test_what_a_child_says_is_logged_under_its_name():
    with capture_logs() as logs:
        async with child(SLEEPER, Said(), Watch()) as server:
            await server.ready()
    assert {"event": "up", "child": "model", "log_level": "info"} in logs


async def test_an_error_in_the_body_is_raised_as_itself():
    with pytest.raises(ValueError, match="mine"):
        async with child(SLEEPER, Said(), Watch()):
            raise ValueError("mine")


async def test_a_cancelled_body_ends_its_child():
    said = Said()

    async def body() -> None:
        async with child(("sh", "-c", "echo $$; exec sleep 600"), said, Watch()):
            await asyncio.Future()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(body())
        await until(lambda: bool(said.lines))
        task.cancel()
    assert task.cancelled()
    await until(lambda: gone(int(said.lines[0])))
