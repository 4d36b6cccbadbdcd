"""Programs that would live on, multiply, or lay hands on what watches them."""

import signal

from tests.sandbox.world import CALLS, World

_DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()
print("left one behind")
"""


async def test_a_daemon_ends_with_its_program(world: World) -> None:
    executed = await world.run(_DAEMON)
    assert (executed.ended, executed.stdout) == ("exit", "left one behind\n")
    assert executed.seconds < 20


async def test_a_session_of_its_own_does_not_outlive_its_time(world: World) -> None:
    executed = await world.run(f"{CALLS}os.fork() or os.setsid()\ntime.sleep(60)", seconds=0.4)
    assert executed.ended == "time"


async def test_a_program_that_ignores_signals_is_ended(world: World) -> None:
    ignoring = "for n in set(signal.valid_signals()) - {9, 19}: signal.signal(n, signal.SIG_IGN)"
    executed = await world.run(f"{CALLS}{ignoring}\nwhile True: pass", seconds=0.5)
    assert (executed.ended, executed.signal) == ("time", signal.SIGKILL)


async def test_the_first_process_inside_cannot_be_killed(world: World) -> None:
    executed = await world.run("import os; os.kill(1, 9); print('both live')")
    assert executed.stdout == "both live\n"


async def test_who_kills_its_keeper_ends_with_it(world: World) -> None:
    executed = await world.run("import os, time; os.kill(os.getppid(), 9); time.sleep(60)")
    assert (executed.ended, executed.signal, executed.exit_code) == ("signal", 9, None)


async def test_who_kills_everything_ends_with_it(world: World) -> None:
    executed = await world.run("import os, time; os.kill(-1, 9); time.sleep(60)")
    assert (executed.ended, executed.signal) == ("signal", 9)


async def test_who_stops_its_keeper_is_ended_on_time(world: World) -> None:
    executed = await world.run("import os, time; os.kill(os.getppid(), 19); time.sleep(60)",
                               seconds=0.4)  # fmt: skip
    assert executed.ended == "time"
    assert executed.seconds < 20


async def test_a_fork_bomb_comes_to_its_limit(world: World) -> None:
    bomb = """
n = 0
try:
    while True:
        if os.fork() == 0: time.sleep(60)
        n += 1
except BlockingIOError: print(n)"""
    executed = await world.run(CALLS + bomb, processes=20)
    assert executed.stdout == "19\n"


async def test_a_fork_bomb_that_never_ends_is_ended(world: World) -> None:
    bomb = "while True:\n  try: os.fork()\n  except OSError: pass"
    executed = await world.run(CALLS + bomb, seconds=0.6, processes=64)
    assert executed.ended in ("time", "memory")


async def test_threads_count_as_processes(world: World) -> None:
    bomb = """
done, n = threading.Event(), 0
try:
    while True:
        threading.Thread(target=done.wait, daemon=True).start()
        n += 1
except RuntimeError: print(n)"""
    executed = await world.run(CALLS + bomb, processes=20)
    assert executed.stdout == "19\n"


async def test_limits_cannot_be_raised(world: World) -> None:
    program = f"""{CALLS}
for name in dir(resource):
    if name.startswith("RLIMIT_"):
        soft, hard = resource.getrlimit(getattr(resource, name))
        if hard != resource.RLIM_INFINITY:
            try: resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1))
            except ValueError: continue
            print(name, "was raised")
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
print("lowered")"""
    assert (await world.run(program)).stdout == "lowered\n"


async def test_the_limits_are_on_what_a_program_starts(world: World) -> None:
    child = "import resource; print(resource.getrlimit(resource.RLIMIT_AS))"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    executed = await world.run(program, memory_bytes=300 << 20)
    assert executed.stdout == f"({300 << 20}, {300 << 20})\n"


async def test_a_crash_leaves_no_core(world: World) -> None:
    program = "import os; os.fork() or os.abort(); os.wait(); print(os.listdir('.'))"
    assert (await world.run(program)).stdout == "['main.py']\n"
