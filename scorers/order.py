"""In which order scorers are opened, where some ask others."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from scorers.kind import ScorerKind


def in_order(configs: Mapping[str, object]) -> list[str]:
    """Return the names of scorers, each after those that it needs.

    Raises:
        ValueError: one needs a scorer that is not there, or in the end itself.
    """
    needs = {n: c.needs if isinstance(c, ScorerKind) else () for n, c in configs.items()}
    for name, needed in needs.items():
        unknown = [other for other in needed if other not in configs]
        if unknown:
            raise ValueError(f"scorer {name} needs {unknown[0]}, which is not among the scorers")
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        raise ValueError(f"a scorer cannot need itself: {circle}") from error
