"""What a search says while it works: its progress, its trace and its recording in one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, JsonValue

from engines.base import Delta, Generation, Prompt, Request, Step
from engines.usage import Usage
from scorers.answers import Answers
from scorers.base import Candidate, Judgement
from scorers.preference import Comparison


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation went through the engine's chat template."""

    prompt: Prompt
    kind: Literal["rendered"] = "rendered"


@dataclass(frozen=True, slots=True)
class Written:
    """The search itself put a text into a solution, such as "Wait", or cut one short."""

    step: Step
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class Generated:
    """A request was answered, or cut short by the clock: then with what had come by then."""

    request: Request
    generation: Generation
    cut: bool = False
    kind: Literal["generated"] = "generated"


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A request failed, and the search went on without it; `unspent` as of the error."""

    request: Request
    reason: str
    unspent: bool
    kind: Literal["undrawn"] = "undrawn"


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A scorer failed, and the next of the chain was asked; `unspent` as of the error.

    `bound` is what was held for the call.
    """

    scorer: str
    candidates: tuple[Candidate, ...]
    reason: str
    unspent: bool
    bound: Usage
    kind: Literal["unjudged"] = "unjudged"


@dataclass(frozen=True, slots=True)
class Unaffordable:
    """A scorer or judge of pairs was not asked: there was too little of `currency` left."""

    asked: str
    candidates: tuple[Candidate, ...]
    currency: str
    kind: Literal["unaffordable"] = "unaffordable"


@dataclass(frozen=True, slots=True)
class Judged:
    """Candidates were judged by one scorer, in one call at this place in the search.

    "3/1" was the first call while others of the round "3" were still being drawn. `relative` as of
    the scorer: it judged all that it was shown, known ones and repeats too.
    """

    id: str
    scorer: str
    candidates: tuple[Candidate, ...]
    judgement: Judgement
    relative: bool = False
    kind: Literal["judged"] = "judged"


@dataclass(frozen=True, slots=True)
class Compared:
    """Candidates were compared two by two, in one call at this place in the search."""

    id: str
    judge: str
    pairs: tuple[tuple[Candidate, Candidate], ...]
    comparison: Comparison
    kind: Literal["compared"] = "compared"


@dataclass(frozen=True, slots=True)
class Grouped:
    """Solutions were compared by their final answers."""

    id: str
    texts: tuple[str, ...]
    answers: Answers
    kind: Literal["grouped"] = "grouped"


@dataclass(frozen=True, slots=True)
class Degraded:
    """Something was not done as asked for, and the search went on: what, and why."""

    reason: str
    kind: Literal["degraded"] = "degraded"


@dataclass(frozen=True, slots=True)
class Noted:
    """A strategy said something in its own words, such as the difficulty it found."""

    label: str
    data: dict[str, JsonValue]
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A piece of the answer itself, as it is drawn. Progress only: traces do not keep it."""

    delta: Delta
    kind: Literal["drafted"] = "drafted"


Event: TypeAlias = Annotated[
    Rendered
    | Written
    | Generated
    | Undrawn
    | Judged
    | Unjudged
    | Compared
    | Unaffordable
    | Grouped
    | Degraded
    | Noted
    | Drafted,
    Discriminator("kind"),
]
Sink: TypeAlias = Callable[[Event], None]
Trace: TypeAlias = list[Event]
