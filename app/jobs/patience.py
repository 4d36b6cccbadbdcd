"""Whose jobs are left alone for a while, because the last one that was to begin had to wait.

Else all of an owner's queued jobs would be claimed one after the other, to be told the same.
"""

_LONGEST_SECONDS = 60.0
"""What an owner may do can change meanwhile."""


class Patience:
    """The owners who have to wait, as far as this process knows."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def wait(self, owner: str, now: float, seconds: float) -> None:
        """Leave an owner's jobs alone for so long, but a minute at most."""
        self._until[owner] = now + min(seconds, _LONGEST_SECONDS)

    def end(self, owner: str) -> None:
        """Leave them alone no more: one of theirs has ended, so that there may be room."""
        self._until.pop(owner, None)

    def waiting(self, now: float) -> list[str]:
        """Return who has to wait."""
        self._until = {owner: until for owner, until in self._until.items() if until > now}
        return list(self._until)
