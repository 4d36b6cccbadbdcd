"""Tests run on programs: what is asked of the sandbox, and the report on what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from engines.tasks import collect
from scorers.programs.comparing import same_output, same_value, shortened, shown_value
from scorers.programs.report import Failure, Source, TestReport
from scorers.programs.running import Broke, Case, Printed, Ran, Returned, TestLimits, run_cases
from scorers.programs.sandbox import Sandbox
from scorers.programs.tests import AnyTest, AssertTest, CallTest, CheckTest, StdioTest

_LIMITS = TestLimits()
_LEAST_BYTES, _MOST_BYTES = 64 * 1024, 8 << 20


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of tests on one program: the report, and for (T,) tests whether each passed."""

    report: TestReport
    passed: tuple[bool, ...]


async def run_tests(
    sandbox: Sandbox,
    program: str,
    tests: Sequence[AnyTest],
    source: Source,
    limits: TestLimits = _LIMITS,
) -> TestReport:
    """Run (T,) tests on a program, in one execution of the sandbox.

    Raises:
        ScorerUnavailable: they could not be run.
    """
    return (await examine(sandbox, program, tests, source, limits)).report


async def examine_all(
    sandbox: Sandbox,
    programs: Sequence[str],
    tests: Sequence[AnyTest],
    source: Source,
    limits: TestLimits = _LIMITS,
) -> list[Tested]:
    """Run (T,) tests on (N,) programs, all together; equal programs are run once.

    Raises:
        ScorerUnavailable: the tests could not be run on one of them.
    """
    different = list(dict.fromkeys(programs))
    came = await collect(examine(sandbox, p, tests, source, limits) for p in different)
    by_program = dict(zip(different, came, strict=True))
    return [by_program[program] for program in programs]


async def examine(
    sandbox: Sandbox,
    program: str,
    tests: Sequence[AnyTest],
    source: Source,
    limits: TestLimits = _LIMITS,
) -> Tested:
    """Run (T,) tests on a program like `run_tests`; say of each whether it passed."""
    cases = [case_of(test) for test in tests]
    ran, seconds = await run_cases(sandbox, program, cases, limits, _most(tests))
    reasons = [_reason(test, one) for test, one in zip(tests, ran, strict=True)]
    passed = tuple(reason is None for reason in reasons)
    first = next(
        (
            Failure(i, shown_test(test), reason)
            for i, (test, reason) in enumerate(zip(tests, reasons, strict=True))
            if reason is not None
        ),
        None,
    )
    report = TestReport(sum(passed), len(tests), source, round(seconds, 4), first)
    return Tested(report, passed)


def case_of(test: AnyTest) -> Case:
    """Return what the sandbox is told of a test: all but what is to be returned or printed."""
    return test.model_dump(mode="json", exclude={"returns", "stdout"})


def shown_test(test: AnyTest) -> str:
    """Return a test as people and models read it, shortened."""
    match test:
        case CallTest():
            return shortened(f"{test.function}({', '.join(map(repr, test.arguments))})", 500)
        case StdioTest():
            return f"with the input {shortened(test.stdin, 500)!r}"
        case AssertTest():
            return shortened(test.code, 1000)
        case CheckTest():
            return f"check({test.entry_point})"
    assert_never(test)


def _most(tests: Sequence[AnyTest]) -> int:
    """Return the bytes that a case may say: of all tests, so that it tells nothing of one."""
    longest = max((_bytes(test) for test in tests), default=0)
    return min(max(2 * longest, _LEAST_BYTES), _MOST_BYTES)


def _bytes(test: AnyTest) -> int:
    match test:
        case CallTest():
            return len(test.model_dump_json())
        case StdioTest():
            return len(test.stdout.encode(errors="replace"))
        case _:
            return 0


def _reason(test: AnyTest, ran: Ran) -> str | None:
    """Return why a test failed; `None` if it passed."""
    if isinstance(ran, Broke):
        return ran.reason
    if isinstance(test, CallTest) and isinstance(ran, Returned):
        right = same_value(test.returns, ran.value)
        expected = shortened(repr(test.returns))
        return None if right else f"expected {expected}, received {shown_value(ran.value)}"
    if isinstance(test, StdioTest) and isinstance(ran, Printed):
        right = same_output(test.stdout, ran.text)
        expected, received = shortened(test.stdout.strip()), shortened(ran.text.strip())
        return None if right else f"expected {expected!r}, received {received!r}"
    return None
