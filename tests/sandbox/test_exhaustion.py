"""Programs that use things up."""

import signal

from sandbox.wire import MEBIBYTE
from tests.sandbox.world import CALLS, World


async def test_memory_comes_to_its_limit(world: World) -> None:
    executed = await world.run("x = []\nwhile True: x.append(bytearray(1 << 20))",
                               memory_bytes=100 * MEBIBYTE)  # fmt: skip
    assert (executed.ended, executed.exit_code) == ("memory", 1)
    assert executed.memory_bytes <= 100 * MEBIBYTE


async def test_memory_of_many_children_is_added_up(world: World) -> None:
    hogs = """
for _ in range(8):
    if os.fork() == 0:
        x = b"x" * (40 << 20)
        time.sleep(60)
os.wait()"""
    executed = await world.run(CALLS + hogs, together=128 * MEBIBYTE, memory_bytes=80 * MEBIBYTE)
    assert (executed.ended, executed.signal) == ("memory", signal.SIGKILL)


async def test_memory_that_children_share_is_counted_once(world: World) -> None:
    readers = """
x = b"x" * (60 << 20)
for _ in range(4):
    if os.fork() == 0:
        time.sleep(0.3)
        os._exit(0)
for _ in range(4): os.wait()"""
    executed = await world.run(CALLS + readers, together=128 * MEBIBYTE)
    assert (executed.ended, executed.exit_code) == ("exit", 0)


async def test_the_memory_of_a_child_is_reported(world: World) -> None:
    program = "import os\nif os.fork() == 0: x = b'x' * (90 << 20)\nelse: os.wait()"
    executed = await world.run(program)
    assert 90 * MEBIBYTE < executed.memory_bytes < 130 * MEBIBYTE


async def test_the_memory_of_a_small_program_is_its_own(world: World) -> None:
    assert (await world.run("print(1)")).memory_bytes < 20 * MEBIBYTE


async def test_the_disk_comes_to_its_limit(world: World) -> None:
    filling = """
n = 0
try:
    for i in range(100):
        with open(str(i), "wb", buffering=0) as file: n += file.write(bytes(1 << 20))
except OSError as error: print(error.strerror, n >> 20)"""
    executed = await world.run(filling, disk_bytes=4 * MEBIBYTE)
    assert executed.stdout in ("No space left on device 3\n", "No space left on device 4\n")


async def test_shared_memory_is_of_the_disk(world: World) -> None:
    filling = "open('/dev/shm/x', 'wb').write(bytes(8 << 20))"
    executed = await world.run(filling, disk_bytes=4 * MEBIBYTE)
    assert "OSError" in executed.stderr


async def test_a_file_is_no_larger_than_the_disk(world: World) -> None:
    executed = await world.run("open('x', 'wb').truncate(5 << 20)", disk_bytes=4 * MEBIBYTE)
    assert "File too large" in executed.stderr


async def test_empty_files_are_counted_as_memory(world: World) -> None:
    many = "import os, itertools\nfor n in itertools.count(): os.close(os.open(str(n), 65))"
    executed = await world.run(many, together=24 * MEBIBYTE)
    assert executed.ended == "memory"


async def test_descriptors_come_to_their_limit(world: World) -> None:
    executed = await world.run("import os\nwhile True: os.pipe()")
    assert "Too many open files" in executed.stderr


async def test_a_flood_of_output_is_cut(world: World) -> None:
    executed = await world.run("while True: print('x' * 1000)", output_bytes=5000)
    assert (executed.ended, executed.signal, len(executed.stdout)) == ("output", 9, 5000)


async def test_a_flood_of_errors_is_cut(world: World) -> None:
    executed = await world.run("import sys\nwhile True: print('x' * 1000, file=sys.stderr)",
                               output_bytes=5000)  # fmt: skip
    assert (executed.ended, len(executed.stderr), executed.stdout) == ("output", 5000, "")


async def test_output_is_cut_of_a_program_that_ended_by_itself_too(world: World) -> None:
    executed = await world.run("print('x' * 5000)", output_bytes=5000)
    assert (executed.ended, len(executed.stdout)) == ("output", 5000)


async def test_as_much_output_as_is_allowed_is_kept(world: World) -> None:
    executed = await world.run("print('x' * 4999)", output_bytes=5000)
    assert (executed.ended, len(executed.stdout)) == ("exit", 5000)


async def test_a_sleeping_program_is_ended_on_time(world: World) -> None:
    executed = await world.run("import time; time.sleep(60)", seconds=0.3)
    assert executed.ended == "time"
    assert 0.3 <= executed.seconds < 20


async def test_what_was_printed_before_the_time_was_over_is_kept(world: World) -> None:
    program = "import time; print('so far', flush=True); time.sleep(60)"
    executed = await world.run(program, seconds=0.5)
    assert (executed.ended, executed.stdout) == ("time", "so far\n")


async def test_processor_time_comes_to_its_limit(world: World) -> None:
    executed = await world.run("while True: pass", cpu_seconds=1, seconds=40)
    assert (executed.ended, executed.signal) == ("cpu", signal.SIGXCPU)


async def test_who_ignores_that_its_processor_time_is_over_is_killed(world: World) -> None:
    program = "import signal; signal.signal(24, signal.SIG_IGN)\nwhile True: pass"
    executed = await world.run(program, cpu_seconds=1, seconds=40)
    assert (executed.ended, executed.signal) == ("cpu", signal.SIGKILL)


async def test_a_program_that_takes_forever_to_compile_is_contained(world: World) -> None:
    executed = await world.run("x = " + "(" * 50_000 + ")" * 50_000)
    assert executed.exit_code == 1
    assert "too many nested parentheses" in executed.stderr


async def test_a_recursion_without_an_end_is_contained(world: World) -> None:
    program = "import sys; sys.setrecursionlimit(10**8)\nf = lambda: f()\nf()"
    executed = await world.run(program, seconds=2, memory_bytes=128 * MEBIBYTE)
    assert executed.ended != "exit" or executed.exit_code == 1


async def test_everything_there_is_can_be_imported(world: World) -> None:
    program = """
import sys, importlib, warnings
warnings.simplefilter("ignore")
left_out = ("antigravity", "this", "idlelib", "lib2to3", "turtledemo")
for name in sys.stdlib_module_names:
    if not name.startswith("_") and name not in left_out:
        try: importlib.import_module(name)
        except ImportError: pass
print(len(sys.modules) > 300)"""
    assert (await world.run(program)).stdout == "True\n"
