"""Every kind of scorer that can be configured: those of this package, and installed ones."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, TypeAlias, get_args

from pydantic import BaseModel, Field

from scorers.build import ScorerConfig
from scorers.kind import ScorerKind
from scorers.plugins import installed

GROUP = "fathom.scorers"
"""The entry points of plug-ins."""

_OURS: dict[str, type[BaseModel]] = {
    cls.model_fields["kind"].default: cls for cls in get_args(get_args(ScorerConfig)[0])
}
KINDS: dict[str, type[BaseModel]] = {**_OURS, **installed(GROUP, ScorerKind, _OURS)}
"""The configuration of each kind, by name."""

if TYPE_CHECKING:
    AnyScorer: TypeAlias = ScorerConfig | ScorerKind
else:
    AnyScorer = Annotated[reduce(or_, KINDS.values()), Field(discriminator="kind")]
"""The configuration of a scorer."""
