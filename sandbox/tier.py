"""Which sandbox there is here, if one that can be trusted is. Never none at all: it fails closed.

A tier is a bubblewrap, the system's or that of a package, with `/proc` or without: where a
container hides parts of its own `/proc`, the kernel lets nobody mount one, and programs do without.
The first that passes the whole self-test is used. Knows nothing of servers.
"""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.bubblewrap import find_bubblewraps
from sandbox.errors import NoTier
from sandbox.filter import compile_filter
from sandbox.identity import Identity
from sandbox.languages import LANGUAGES
from sandbox.selftest import Finding, examine
from sandbox.started import Recipe

_REMEDY = (
    "Programs need bubblewrap 0.8 or newer (the package `bubblewrap`, or Fathom's extra "
    "`sandbox`), libseccomp, and user namespaces for users without privileges. In a container "
    "these need seccomp=unconfined, apparmor=unconfined and systempaths=unconfined, for a "
    "container that runs nothing else; on Ubuntu 24.04 also the host's "
    "kernel.apparmor_restrict_unprivileged_userns=0. `fathom sandbox check` says line by line "
    "what holds."
)


@dataclass(frozen=True, slots=True)
class Tier:
    """One way to isolate, and what the self-test found of it."""

    name: str
    recipe: Recipe
    findings: Sequence[Finding]

    @property
    def holds(self) -> bool:
        """Whether programs can be run in it: nothing is missing."""
        return all(finding.holds for finding in self.findings)

    @property
    def missing(self) -> list[str]:
        """What does not hold, a sentence each."""
        return [
            f"{self.name}: not so that {finding.what} ({finding.seen})"
            for finding in self.findings
            if not finding.holds
        ]


async def choose(
    bubblewrap: Path | None = None, tell: Callable[[Tier], object] = lambda _: None
) -> Tier:
    """Return the first tier that passes the self-test.

    Args:
        bubblewrap: the only one to try, if one is named.
        tell: told each tier that was tested.

    Raises:
        NoTier: none passes, and what is missing.
    """
    missing = []
    async for tier in _tiers(bubblewrap):
        tell(tier)
        if tier.holds:
            return tier
        missing += tier.missing
    raise NoTier(missing or ["there is no bubblewrap"], _REMEDY)


async def _tiers(bubblewrap: Path | None) -> AsyncIterator[Tier]:
    """Test tiers, best first, each as it is asked for."""
    if sys.platform != "linux":
        raise NoTier([f"{sys.platform} has no namespaces"], "Run `fathom sandbox` on Linux.")
    identity, language = Identity.here(), LANGUAGES["python"]
    interpreter, compiled = language.find(identity), compile_filter()
    for path in find_bubblewraps() if bubblewrap is None else [bubblewrap]:
        for proc in (True, False):
            recipe = Recipe(path, language, interpreter, identity, compiled, proc)
            name = f"{path}{'' if proc else ' without /proc'}"
            yield Tier(name, recipe, await examine(recipe))
