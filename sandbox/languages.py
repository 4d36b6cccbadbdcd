"""The languages programs are written in. A further one is a class here and a word in `wire`.

A language knows how its interpreter is found, how it is started so that it waits for a job, and how
its programs say that memory ran out. It knows nothing of isolation.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from sandbox.identity import Identity
from sandbox.interpreter import Interpreter, find_python

_INSIDE = Path(__file__).with_name("inside.py")


class Language(Protocol):
    """What a sandbox asks of a language."""

    def find(self, identity: Identity) -> Interpreter:
        """Return the interpreter that the sandbox's user can run.

        Raises:
            NoTier: there is none.
        """
        ...

    def waiting(self, interpreter: Interpreter, control: int) -> Sequence[str]:
        """Return the command that waits, inside, for a job on the descriptor `control`."""
        ...

    def exhausted(self, stderr: str) -> bool:
        """Whether what a failed program said means that it was refused memory."""
        ...


class Python:
    """Python, without site packages: the standard library alone."""

    def find(self, identity: Identity) -> Interpreter:
        """Return a Python the sandbox's user can run."""
        return find_python(identity)

    def waiting(self, interpreter: Interpreter, control: int) -> Sequence[str]:
        """Return the command: isolated, and without `site`."""
        program = _INSIDE.read_text()
        return [str(interpreter.executable), "-I", "-S", "-c", program, str(control)]

    def exhausted(self, stderr: str) -> bool:
        """Whether the last line is `MemoryError`, as of an exception that nobody caught."""
        last = stderr.rstrip().rpartition("\n")[2]
        return last.split(":")[0] == "MemoryError"


LANGUAGES: Mapping[str, Language] = {"python": Python()}
"""By their names in `wire.Execution`."""
