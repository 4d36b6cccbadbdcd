"""What a program is given, what it says, and what comes of it."""

import json
import signal

import pytest

from sandbox.wire import MEBIBYTE
from tests.sandbox.world import CALLS, World


async def test_a_program_reads_its_input_and_prints(world: World) -> None:
    executed = await world.run("print(input()[::-1])", stdin="abc\n")
    assert (executed.stdout, executed.stderr, executed.ended) == ("cba\n", "", "exit")


async def test_the_first_file_is_the_program_and_imports_the_others(world: World) -> None:
    executed = await world.run("import other; print(other.x, open('data.txt').read())",
                               files={"other.py": "x = 1", "data.txt": "two"})  # fmt: skip
    assert executed.stdout == "1 two\n"


@pytest.mark.parametrize(
    ("program", "code"),
    [("exit(3)", 3), ("raise SystemExit", 0), ("import os; os._exit(137)", 137), ("1 / 0", 1)],
)
async def test_an_exit_code_is_reported(world: World, program: str, code: int) -> None:
    executed = await world.run(program)
    assert (executed.ended, executed.exit_code, executed.signal) == ("exit", code, None)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
async def test_a_signal_is_reported(world: World, number: int) -> None:
    executed = await world.run(f"import os; os.kill(os.getpid(), {number})")
    assert (executed.ended, executed.exit_code, executed.signal) == ("signal", None, number)


async def test_an_error_is_shown_as_the_interpreter_shows_it(world: World) -> None:
    executed = await world.run("def f():\n    return 1 / 0\nf()")
    lines = executed.stderr.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == '  File "/tmp/main.py", line 3, in <module>'
    assert lines[-1] == "ZeroDivisionError: division by zero"


async def test_an_error_of_syntax_is_shown(world: World) -> None:
    executed = await world.run("def f(:")
    assert executed.exit_code == 1
    assert executed.stderr.startswith('  File "/tmp/main.py", line 1')


async def test_what_is_due_at_the_end_is_done(world: World) -> None:
    program = "import atexit, threading\natexit.register(print, 'last')\n" \
        "threading.Thread(target=print, args=['thread']).start()"  # fmt: skip
    assert (await world.run(program)).stdout == "thread\nlast\n"


async def test_a_program_that_waits_for_events_works(world: World) -> None:
    program = "import asyncio\nasync def f():\n    await asyncio.sleep(0.01)\n    print('awake')\n"
    assert (await world.run(program + "asyncio.run(f())")).stdout == "awake\n"


async def test_a_pool_of_processes_works(world: World) -> None:
    program = "import multiprocessing\nwith multiprocessing.Pool(2) as p: print(p.map(abs, [-1]))"
    assert (await world.run(program)).stdout == "[1]\n"


async def test_a_forged_report_is_text(world: World) -> None:
    forged = json.dumps({"status": 0, "cpu_seconds": 0, "memory_bytes": 0})
    executed = await world.run(f"print({forged!r}); print('ready'); exit(7)")
    assert (executed.exit_code, executed.stdout) == (7, f"{forged}\nready\n")


async def test_a_pickle_is_text(world: World) -> None:
    program = "import pickle, sys; sys.stdout.buffer.write(pickle.dumps(eval, 0))"
    assert (await world.run(program)).stdout == "c__builtin__\neval\np0\n."


async def test_bytes_that_are_not_text_are_replaced(world: World) -> None:
    executed = await world.run("import sys; sys.stdout.buffer.write(b'a\\xff\\x00\\x1b[2J')")
    assert executed.stdout == "a\N{REPLACEMENT CHARACTER}\x00\x1b[2J"


async def test_input_that_nobody_reads_does_no_harm(world: World) -> None:
    executed = await world.run("print('done')", stdin="x" * (8 * MEBIBYTE))
    assert (executed.ended, executed.stdout) == ("exit", "done\n")


async def test_much_input_arrives_whole(world: World) -> None:
    executed = await world.run("import sys; print(len(sys.stdin.buffer.read()))",
                               stdin="é" * MEBIBYTE)  # fmt: skip
    assert executed.stdout == f"{2 * MEBIBYTE}\n"


async def test_input_and_output_that_are_closed_do_no_harm(world: World) -> None:
    executed = await world.run("import os; os.closerange(0, 3)", stdin="x" * MEBIBYTE)
    assert executed.ended == "exit"


async def test_input_that_is_missing_ends(world: World) -> None:
    assert "EOFError" in (await world.run("input()")).stderr


async def test_the_next_run_finds_nothing_of_the_last(world: World) -> None:
    leaving = "import os, glob; print(sorted(glob.glob('/tmp/**', recursive=True)))\n" \
        "open('/tmp/left', 'w').write('x'); os.symlink('/tmp/left', '/tmp/link')"  # fmt: skip
    await world.run(leaving)
    assert (await world.run(leaving)).stdout == "['/tmp/', '/tmp/main.py']\n"


async def test_a_program_cannot_tell_itself_more_memory_than_it_had(world: World) -> None:
    executed = await world.run(f"{CALLS}sys.stderr.write('MemoryError'); exit(0)")
    assert (executed.ended, executed.exit_code) == ("exit", 0)
