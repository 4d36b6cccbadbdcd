"""Who programs run as: never root, for whom the kernel counts no processes."""

import os
import shutil
from dataclasses import dataclass
from typing import TypedDict

NOBODY = 65534


class Arguments(TypedDict, total=False):
    """What `subprocess` is told to become somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of the machine.

    Attributes:
        uid: of a user without privileges.
        arguments: with which `subprocess` becomes this user, if we are another.
        prefix: of a command, which does the same. `subprocess` copies this process to do it, for
            10 ms in which it does nothing else. (`setpriv` may execute what the user may not.)
    """

    uid: int
    arguments: Arguments
    prefix: tuple[str, ...]

    @classmethod
    def here(cls) -> "Identity":
        """Return who programs run as: nobody if we are root, else ourselves."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), {}, ())
        arguments: Arguments = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        setpriv = shutil.which("setpriv")
        ids = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs", "--")
        return cls(NOBODY, arguments, () if setpriv is None else (setpriv, *ids))

    @property
    def quick(self) -> Arguments:
        """The arguments that are still needed with the prefix."""
        return {} if self.prefix else self.arguments
