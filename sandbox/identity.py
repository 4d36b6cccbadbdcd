"""Who programs run as: never root, for whom the kernel counts no processes."""

import os
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
        drops: whether we are root, and become that user before bubblewrap is started.
    """

    uid: int
    drops: bool

    @classmethod
    def here(cls) -> "Identity":
        """Return who programs run as: nobody if we are root, else ourselves."""
        if os.geteuid() == 0:
            return cls(NOBODY, drops=True)
        return cls(os.geteuid(), drops=False)

    def arguments(self) -> Arguments:
        """Return what starts a process as this user."""
        if not self.drops:
            return {}
        return {"user": self.uid, "group": self.uid, "extra_groups": []}
