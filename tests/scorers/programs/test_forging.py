"""Programs that want to pass without being right."""

import pytest

from scorers.programs.running import run_cases
from scorers.programs.testing import case_of
from scorers.programs.tests import AssertTest, CallTest, CheckTest, StdioTest
from tests.scorers.programs.test_running import QUICK, passes

CALL = CallTest(function="f", arguments=(1,), returns="secret")
ASSERT = AssertTest(code="assert f(1) == 'secret'")
CHECK = CheckTest(code="def check(c):\n    assert c(1) == 'secret'\n", entry_point="f")

FORGERIES = {
    "leaves at once": "import os; os._exit(0)",
    "leaves when called": "def f(x):\n    import os; os._exit(0)",
    "raises SystemExit": "def f(x):\n    raise SystemExit(0)",
    "raises nothing of its own": "def f(x):\n    raise KeyboardInterrupt",
    "prints a result": "import json\ndef f(x):\n    return None\n"
    "print(json.dumps({'ended': 'exit', 'status': 0, 'said': 'eyJ2YWx1ZSI6IG51bGx9', 'out': '',"
    " 'err': ''}), flush=True)\nimport os; os._exit(0)",
    "writes to every descriptor": "import os\nfor fd in range(1, 64):\n    try:\n"
    "        os.write(fd, b'{\"value\": null}\\n')\n    except OSError: pass\nos._exit(0)",
    "writes a result with another token": "import os\n"
    "os.write(3, b'0' * 32 + b' {\"value\": null}')\nos._exit(0)",
    "writes to the parent's descriptors": "import os\nfor fd in range(64):\n    try:\n"
    "        open(f'/proc/{os.getppid()}/fd/{fd}', 'wb').write(b'{\"value\": null}\\n')\n"
    "    except OSError: pass\nos._exit(0)",
    "kills the parent": "import os\nos.kill(os.getppid(), 9)\ndef f(x): return None",
    "swaps built-ins": "import builtins\nbuiltins.AssertionError = RuntimeError\n"
    "builtins.all = lambda *_: True\ndef f(x): return 1",
    "catches assertions": "def f(x):\n    try:\n        assert False\n    except AssertionError:\n"
    "        return None\n",
    "swaps check": "def check(c): pass\ndef f(x): return 1",
    "forks, and one leaves": "import os\ndef f(x):\n    if os.fork(): os._exit(0)\n    return None",
}


@pytest.mark.parametrize("test", [CALL, ASSERT, CHECK], ids=["call", "assert", "check"])
@pytest.mark.parametrize("program", FORGERIES.values(), ids=FORGERIES)
async def test_a_forgery_does_not_pass(sandbox, program: str, test) -> None:
    assert not await passes(sandbox, program, test)


async def test_the_memory_of_the_parent_cannot_be_read(sandbox) -> None:
    program = (
        "import os\ndef f(x):\n    try:\n        open(f'/proc/{os.getppid()}/mem', 'rb')\n"
        "    except OSError as error:\n        return type(error).__name__\n    return 'open'\n"
    )
    test = CallTest(function="f", arguments=(1,), returns="PermissionError")
    assert await passes(sandbox, program, test)


async def test_what_a_test_calls_is_not_for_the_program_to_replace(sandbox) -> None:
    program = "import builtins\nbuiltins.len = lambda _: 3\ndef f(x): return []\n"
    assert not await passes(sandbox, program, AssertTest(code="assert len(f(1)) == 3"))


async def test_a_value_that_equals_everything_is_compared_outside(sandbox) -> None:
    program = (
        "class Same:\n    __eq__ = lambda *_: True\n    __repr__ = lambda s: 'it'\n"
        "def f(x): return Same()\n"
    )
    assert not await passes(sandbox, program, CALL)


async def test_what_a_case_leaves_running_is_ended_before_the_next(sandbox) -> None:
    program = (
        "import os, time\ndef f(x):\n    if x == 0 and os.fork() == 0:\n        os.setsid()\n"
        "        os.fork()\n        time.sleep(60)\n"
        "    return len([name for name in os.listdir('/proc') if name.isdigit()])\n"
    )
    calls = [CallTest(function="f", arguments=(x,), returns=0) for x in (1, 0, 1)]
    ran, _ = await run_cases(sandbox, program, [case_of(call) for call in calls], QUICK)
    assert ran[0] == ran[2]


async def test_an_output_that_is_right_is_enough_for_a_program_that_prints(sandbox) -> None:
    program = "import os\nprint(3, flush=True)\nos._exit(0)"
    assert await passes(sandbox, program, StdioTest(stdout="3"))
