"""In which order scorers are opened, where some ask others."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from scorers.kind import ScorerKind


def in_order(configs: Mapping[str, object]) -> list[str]:
    """Return the names of scorers, each after those that it needs.

    Raises:
        ValueError: one needs a scorer that is not there, or in the end itself.
    """
    needed_by = {name: needs(config) for name, config in configs.items()}
    for name, needed in needed_by.items():
        unknown = [other for other in needed if other not in configs]
        if unknown:
            raise ValueError(f"scorer {name} needs {unknown[0]}, which is not among the scorers")
    try:
        return list(TopologicalSorter(needed_by).static_order())
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        raise ValueError(f"a scorer cannot need itself: {circle}") from error


def needs(config: object) -> tuple[str, ...]:
    """Return the names of the scorers that one asks."""
    return config.needs if isinstance(config, ScorerKind) else ()
