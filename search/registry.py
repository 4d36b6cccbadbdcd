"""Every strategy that can be asked for: those of this package, and installed ones.

Apart from `search.strategies`, so that a plug-in can import what it is made of.
"""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field, ValidationError

from scorers.plugins import installed
from search import strategies
from search.strategies.base import Strategy

GROUP = "fathom.strategies"
"""The entry points of plug-ins."""


def _fault(cls: type[Strategy]) -> str | None:
    unsaid = [name for name in ("paper", "cost") if not isinstance(getattr(cls, name, None), str)]
    if unsaid:
        return f"it does not say its `{unsaid[0]}`"
    try:
        cls.model_validate({})
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        return f"it is to be usable by its kind alone, but `{field}` has no default that is valid"
    return None


_OURS = strategies.KINDS
KINDS: dict[str, type[Strategy]] = _OURS | installed(GROUP, Strategy, _OURS, _fault)  # type: ignore[type-abstract]  # a base to check with
"""The strategies by their kinds."""

if TYPE_CHECKING:
    AnyStrategy: TypeAlias = strategies.AnyStrategy
else:
    AnyStrategy = Annotated[reduce(or_, KINDS.values()), Field(discriminator="kind")]
"""A strategy that a request or a policy may name."""
