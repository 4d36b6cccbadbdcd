"""What is had of the sandbox: the tests of a program, run as one execution."""

import pytest

from sandbox.wire import Execution
from scorers.base import ScorerUnavailable
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import NOWHERE, OwnSandbox
from scorers.programs.testing import case_of, examine, examine_all, run_tests
from scorers.programs.tests import AssertTest, CallTest, CheckTest, StdioTest

ADD = "def add(a, b):\n    return a + b\n"
QUICK = TestLimits(case_seconds=5.0, seconds=30.0)
"""Quick enough, on a machine that others use too."""
CALL = CallTest(function="add", arguments=(1, 2), returns=3)


class Counting:
    """The real sandbox, and what it was asked."""

    def __init__(self, sandbox: OwnSandbox) -> None:
        self.asked: list[Execution] = []
        self._sandbox = sandbox

    async def execute(self, execution):
        self.asked.append(execution)
        return await self._sandbox.execute(execution)


async def reason(sandbox, program: str, *tests) -> str:
    report = await run_tests(sandbox, program, tests, "request", QUICK)
    assert report.failure is not None, report
    return report.failure.reason


async def passes(sandbox, program: str, *tests) -> bool:
    report = await run_tests(sandbox, program, tests, "request", QUICK)
    return report.passed == report.total == len(tests)


async def test_tests_of_every_kind_pass_for_a_program_that_is_right(sandbox) -> None:
    check = CheckTest(code="def check(c):\n    assert c(2, 2) == 4\n", entry_point="add")
    report = await run_tests(
        sandbox, ADD, (CALL, AssertTest(code="assert add(1, 1) == 2"), check), "request"
    )
    assert (report.passed, report.total, report.failure, report.source) == (3, 3, None, "request")
    assert report.seconds > 0


async def test_a_program_is_run_with_its_input_as_if_alone(sandbox) -> None:
    program = "import sys\nif __name__ == '__main__':\n    print(sum(map(int, sys.stdin)))\n"
    assert await passes(sandbox, program, StdioTest(stdin="1\n2\n", stdout="3\n"))
    assert await passes(sandbox, "print(open(0).read())", StdioTest(stdin="a  \n", stdout="a"))
    late = "import atexit\natexit.register(lambda: print(7))"
    assert await passes(sandbox, late, StdioTest(stdout="7"))


async def test_all_cases_of_a_program_are_one_execution_and_equal_programs_are_run_once(
    sandbox,
) -> None:
    counting = Counting(sandbox)
    tested = await examine_all(counting, (ADD, ADD, "add = max"), (CALL,) * 3, "request", QUICK)
    assert len(counting.asked) == 2
    assert [one.passed for one in tested] == [(True,) * 3, (True,) * 3, (False,) * 3]


async def test_what_is_to_come_of_a_test_is_not_in_the_sandbox(sandbox) -> None:
    counting = Counting(sandbox)
    tests = (
        CallTest(function="add", arguments=(1, 2), returns=31415),
        StdioTest(stdin="1", stdout="27182"),
    )
    await run_tests(counting, ADD, tests, "request", QUICK)
    (asked,) = counting.asked
    assert "31415" not in asked.model_dump_json()
    assert "27182" not in asked.model_dump_json()
    assert case_of(tests[1]) == {"kind": "stdio", "stdin": "1"}


@pytest.mark.parametrize(
    ("program", "test", "said"),
    [
        (ADD, CallTest(function="add", arguments=(1, 2), returns=4), "expected 4, received 3"),
        (ADD, AssertTest(code="assert add(1, 2) == 4"), "`add(1, 2) == 4` does not hold; "
         "`add(1, 2)` is 3"),
        ("def add(a, b):\n    return a / b", CallTest(function="add", arguments=(1, 0), returns=0),
         "ZeroDivisionError: division by zero (at `return a / b`)"),
        ("def add(:", CALL, "SyntaxError: invalid syntax (<program>, line 1) (at `def add(:`)"),
        ("def plus(): pass", CALL, "NameError: the program does not define add"),
        ("import sys; sys.exit(0)", CALL, "the program ended itself "
         "(SystemExit: 0) (at `import sys; sys.exit(0)`)"),
        ("print(2)", StdioTest(stdout="3"), "expected '3', received '2'"),
        ("print(int(input()))", StdioTest(stdin="x", stdout="3"),
         "exit status 1: ValueError: invalid literal for int() with base 10: 'x'"),
        ("import os; print(3, flush=True); os.abort()", StdioTest(stdout="3"),
         "it was ended by signal 6"),
    ],
)  # fmt: skip
async def test_the_reason_of_a_failure_is_good_enough_to_repair_by(
    sandbox, program: str, test, said: str
) -> None:
    assert await reason(sandbox, program, test) == said


async def test_a_case_that_does_not_end_is_ended_and_says_after_how_long(sandbox) -> None:
    program = "def add(a, b):\n    while True: pass\n"
    limits = TestLimits(case_seconds=0.5)
    report = await run_tests(sandbox, program, (CALL,), "request", limits)
    assert report.failure.reason == "time ran out after 0.5 s"


async def test_one_case_that_hangs_or_dies_takes_no_other_with_it(sandbox) -> None:
    program = (
        "import os\ndef f(x):\n    if x == 1:\n        while True: pass\n"
        "    if x == 2:\n        os.kill(os.getpid(), 9)\n    return x\n"
    )
    tests = [CallTest(function="f", arguments=(x,), returns=x) for x in range(4)]
    limits = TestLimits(case_seconds=2.0)
    tested = await examine(sandbox, program, tests, "request", limits)
    assert tested.passed == (True, False, False, True)


async def test_when_time_is_over_the_tests_left_fail_and_say_so(sandbox) -> None:
    program = "def f(x):\n    while True: pass\n"
    limits = TestLimits(case_seconds=1.0, seconds=1.5)
    tests = [CallTest(function="f", arguments=(x,), returns=x) for x in range(6)]
    tested = await examine(sandbox, program, tests, "request", limits)
    assert tested.passed == (False,) * 6
    assert tested.report.seconds < 6


async def test_a_solution_class_is_called_as_contests_do(sandbox) -> None:
    program = "class Solution:\n    def twice(self, x):\n        return (x, [x])\n"
    test = CallTest(function="twice", arguments=("a",), returns=["a", ["a"]])
    assert await passes(sandbox, program, test)


async def test_tests_too_large_for_one_run_are_several_and_each_comes_to_its_own(sandbox) -> None:
    program = "print(len(input()))"
    tests = [StdioTest(stdin="é" * n, stdout=str(n)) for n in (3_000_000, 2_500_000, 3, 4)]
    counting = Counting(sandbox)
    tested = await examine(counting, program, tests, "request", QUICK)
    assert tested.passed == (True,) * 4
    assert len(counting.asked) > 1


async def test_a_test_that_no_run_has_room_for_is_refused(sandbox) -> None:
    test = StdioTest(stdin="\0" * 4_000_000, stdout="")
    with pytest.raises(ScorerUnavailable, match="too large"):
        await run_tests(sandbox, ADD, (test,), "request")


async def test_without_a_sandbox_a_run_is_refused() -> None:
    with pytest.raises(ScorerUnavailable, match="the setting `sandbox` is none"):
        await run_tests(NOWHERE, ADD, (CALL,), "request")
