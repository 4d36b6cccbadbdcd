"""Which programs are right: those that pass the hidden tests, run in a sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.programs.task import ProgramTask
from evaluation.selection import Drawn
from scorers.base import Candidate, Scored
from scorers.programs.extract import program_of
from scorers.programs.sandbox import Sandbox
from scorers.programs.testing import examine_all


async def graded_programs(
    solutions: Sequence[Candidate], text: str, task: ProgramTask, sandbox: Sandbox
) -> tuple[Drawn, ...]:
    """Return the programs of (N,) solutions to a question, and which of them are right.

    Public tests are run too, whatever the search did with them; equal programs are one answer.

    Raises:
        ScorerUnavailable: the sandbox could not run them.
    """
    programs = [program_of(solution.answer, text) for solution in solutions]
    different = list(dict.fromkeys(program for program in programs if program is not None))
    tested = await examine_all(sandbox, different, (*task.public, *task.private), "request")
    found = {
        program: _passed(one.passed, len(task.public))
        for program, one in zip(different, tested, strict=True)
    }
    return tuple(
        Drawn(
            program,
            None if program is None else different.index(program),
            program is not None and found[program].hidden,
            solution.score if isinstance(solution, Scored) else None,
            None if not task.public else program is not None and found[program].public,
        )
        for solution, program in zip(solutions, programs, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Passed:
    """Whether a program passed all tests of each kind."""

    public: bool
    hidden: bool


def _passed(each: Sequence[bool], public: int) -> _Passed:
    return _Passed(all(each[:public]), all(each[public:]))
