"""A kind of scorer: fields of the configuration, and how a scorer is opened from them.

Knows no kind. Those of this package are put together in `scorers.build`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from engines.base import Engine
from engines.http import Carried, nothing
from scorers.answers import Grader
from scorers.base import Scorer
from scorers.programs.sandbox import NOWHERE, Sandbox

NONE: Mapping[str, Scorer] = {}


@dataclass(frozen=True, slots=True)
class Around:
    """What a scorer may use of the service it is opened in.

    Attributes:
        engine: draws the solutions; may be asked to judge, too.
        grader: finds final answers and compares them.
        scorers: those that are open already, by name: all it `needs` are.
        sandbox: runs programs that nobody vouches for.
        carried: headers that calls of its own server take along.
    """

    engine: Engine
    grader: Grader
    scorers: Mapping[str, Scorer] = field(default_factory=dict)
    sandbox: Sandbox = NOWHERE
    carried: Carried = nothing


class ScorerKind(BaseModel, ABC):
    """The configuration of one kind: frozen fields, and a `kind` that is a literal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of other scorers that must be open before this one."""
        return ()

    @abstractmethod
    def open(self, name: str, around: Around) -> AbstractAsyncContextManager[Scorer]:
        """Give the scorer, its connections open until the context ends.

        Args:
            name: what the configuration calls it.
            around: what it may use.

        Raises:
            ScorerUnavailable: on entering: its server is not there, or not as it must be.
        """
