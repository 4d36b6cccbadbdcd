"""The policies of a running service: read from their files, and read again while it runs."""

from collections.abc import Sequence
from pathlib import Path

from search.errors import PolicyError
from search.policy import Policy, PolicyAdviser, read


class PolicyUnfit(PolicyError):
    """The policy is of another model than the one it is to advise."""


class PolicyFile:
    """A policy and the file it comes from; `step_end` ends a step of the model's.

    Raises:
        PolicyError: the file cannot be used, or is of another model.
    """

    def __init__(self, path: Path, model: str, step_end: str | None) -> None:
        self.path, self._model, self._step_end = path, model, step_end
        self.policy = self.read()

    @property
    def adviser(self) -> PolicyAdviser:
        """What advises searches that begin now; those under way keep theirs."""
        return PolicyAdviser(self.policy, step_end=self._step_end)

    def read(self) -> Policy:
        """Read the file as it is now, without using it."""
        policy = read(self.path)
        if policy.model != self._model:
            raise PolicyUnfit(
                f"{self.path} is a policy of the model {policy.model}, and this is {self._model}"
            )
        return policy


def reload(files: Sequence[PolicyFile]) -> None:
    """Read all files again, and use what they hold: of all of them, or if one is wrong of none.

    Raises:
        PolicyError: a file cannot be used.
    """
    fresh = [file.read() for file in files]
    for file, policy in zip(files, fresh, strict=True):
        file.policy = policy
