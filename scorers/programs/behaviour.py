"""Programs that do the same are the same answer: voting by behaviour.

Source: AlphaCode, arXiv:2203.07814, section 4.6, clusters programs by their outputs on inputs that
a model makes up; here the inputs are mutations of those of the tests (`scorers.programs.mutation`).
"""

import ast
import builtins
from collections.abc import Iterator, Sequence
from typing import cast

from pydantic import JsonValue

from engines.tasks import collect
from scorers.answers import Answers, Grader
from scorers.programs.comparing import canonical, canonical_output
from scorers.programs.extract import program_of
from scorers.programs.from_prompt import arguments_of, spoken_in_json
from scorers.programs.mutation import inputs_like
from scorers.programs.running import Broke, Case, Printed, Ran, Returned, TestLimits, run_cases
from scorers.programs.sandbox import Sandbox
from scorers.programs.source import parsed
from scorers.programs.testing import case_of
from scorers.programs.tests import AnyTest, AssertTest, CallTest, CheckTest, StdioTest

INPUTS = 24
_LIMITS = TestLimits(case_seconds=2.0, seconds=15.0)


class Behaviour:
    """A grader to whom the answer of a text is its program, and equal is what behaves equally.

    Args:
        sandbox: where programs are run.
        grader: compares answers where a pattern says what they are.
        tests: their inputs are what others are made from, without what is to come of them.
        prompt_text: what was asked, which a program may go on from.
        limits: of the run of one program.
        seed: of the inputs.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        grader: Grader,
        tests: Sequence[AnyTest],
        prompt_text: str,
        *,
        limits: TestLimits = _LIMITS,
        seed: int = 0,
    ) -> None:
        self._sandbox, self._grader, self._prompt_text = sandbox, grader, prompt_text
        self._limits = limits
        found = [case for test in tests for case in inputs_of(test)]
        # Without an input to be had, the tests themselves: they hold, or they do not.
        self._cases = inputs_like(found, INPUTS, seed) or [case_of(test) for test in tests]

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        """Group the programs in (N,) texts by what comes of them on each input.

        One that comes to nothing on all of them has no group, and a text without one no answer.

        Raises:
            BadPattern: the pattern cannot be used.
            ScorerUnavailable: the programs cannot be run.
        """
        if pattern is not None:
            return await self._grader.group(texts, pattern)
        programs = [program_of(text, self._prompt_text) for text in texts]
        different = list(dict.fromkeys(p for p in programs if p is not None))
        seen = await collect(map(self._behaviour, different))
        behaviours = dict(zip(different, seen, strict=True))
        known = list(dict.fromkeys(b for b in seen if b is not None))
        groups = tuple(
            None if p is None or (b := behaviours[p]) is None else known.index(b) for p in programs
        )
        return Answers(_answers(programs, groups), groups)

    async def equal(self, truth: str, given: str) -> bool:
        """Say whether the answer `given` equals the true one; as the other grader does."""
        return await self._grader.equal(truth, given)

    async def _behaviour(self, program: str) -> tuple[str | None, ...] | None:
        ran, _ = await run_cases(self._sandbox, program, self._cases, self._limits)
        came = tuple(_came(one) for one in ran)
        return None if all(one is None for one in came) else came


def inputs_of(test: AnyTest) -> Iterator[Case]:
    """Give the inputs of a test: what it calls with, or has read."""
    match test:
        case CallTest() | StdioTest():
            yield case_of(test)
        case CheckTest():
            yield from _calls(test.code, {"candidate": test.entry_point})
        case AssertTest():
            yield from _calls(test.code, {})


def _calls(code: str, names: dict[str, str]) -> Iterator[Case]:
    """Give the calls in a source with values spelt out: of these names, or all but built-ins."""
    tree = parsed(code)
    for node in ast.walk(tree) if tree else ():
        called = arguments_of(node) if isinstance(node, ast.Call) else None
        if called is None or not spoken_in_json(called[1]):
            continue
        name, arguments = called
        if name in names or (not names and not hasattr(builtins, name)):
            values = cast("JsonValue", list(arguments))
            yield {"kind": "call", "function": names.get(name, name), "arguments": values}


def _answers(
    programs: Sequence[str | None], groups: Sequence[int | None]
) -> tuple[str | None, ...]:
    pairs = zip(programs, groups, strict=True)
    return tuple(None if group is None else program for program, group in pairs)


def _came(ran: Ran) -> str | None:
    """Return a text of what came of an input, equal for equal values; `None` for nothing."""
    match ran:
        case Returned(value):
            return f"returned {canonical(value)}"
        case Printed(text):
            return f"printed {canonical_output(text)}"
        case Broke():
            return None
