"""A handful of attacks, for a user without privileges to run; says `all contained` at the end."""

import asyncio
import os

from sandbox.tier import choose
from tests.sandbox.world import CALLS, World

CONTAINED = {
    "socket.socket()": "EPERM",
    "open('/etc/passwd').read()": "ENOENT",
    "open('/x', 'w')": "EROFS",
    f"os.kill({os.getpid()}, 0)": "ESRCH",
    "checked(libc.unshare(0x10000000))": "EPERM",
    "checked(libc.ptrace(16, os.getppid(), None, None))": "EPERM",
}
ENDED = {
    "x = []\nwhile True: x.append(bytearray(1 << 20))": "memory",
    "import time; time.sleep(60)": "time",
    "while True: print('x' * 1000)": "output",
    "os.fork() or os.setsid(); print('both')": "exit",
    "for _ in range(8):\n  if os.fork() == 0:\n    x = b'x' * (40 << 20)\n    time.sleep(60)\n"
    "os.wait()": "memory",
}


async def main() -> None:
    assert os.geteuid() != 0
    world = World((await choose()).recipe)
    for attempt, error in CONTAINED.items():
        came_to = await world.attempt(attempt)
        assert came_to == error, (attempt, came_to)
    for program, why in ENDED.items():
        executed = await world.run(CALLS + program, seconds=1.5, together=128 << 20)
        assert executed.ended == why, (program, executed)
    print("all contained")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
