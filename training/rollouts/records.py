"""A run's journal: a line for each question as its work ends, with its examples."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, TypeAdapter

from engines.usage import Usage
from training.rollouts.label import Labels


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question's work is done: what came of it, and its cost."""

    id: str
    labels: Labels
    usage: Usage
    kind: Literal["labelled"] = "labelled"


@dataclass(frozen=True, slots=True)
class Failed:
    """A question's work failed by `error`, and is done again by a run that goes on from here."""

    id: str
    error: str
    usage: Usage
    kind: Literal["failed"] = "failed"


Record: TypeAlias = Labelled | Failed
LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Labelled | Failed, Discriminator("kind")])
