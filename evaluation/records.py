"""A run's file: its setup in the first line, then a line for each question as its search ends."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, Generic, Literal, Protocol, Self, TypeAlias, TypeVar

from pydantic import Discriminator, TypeAdapter

from engines.usage import Usage
from evaluation.datasets import Question
from evaluation.fingerprint import Setup
from evaluation.selection import Drawn
from search.run import Stop
from training.journal import Journal, journal


@dataclass(frozen=True, slots=True)
class Answered:
    """A search came to its end.

    Attributes:
        id: the question's.
        question: its text.
        truth: the answer known to be right.
        given: the final answer of the search's solution; `None` if it gives none.
        right: whether the two are equal.
        text: the solution.
        solutions: how many solutions the search ended with, the chosen one among them.
        solutions_right: how many of those give the true answer.
        stop: what ended the search.
        seconds: from the search's start to its end.
        generator: cost of drawing.
        verifier: cost of judging.
        degradations: what was not done as asked for.
        drawn: those solutions, the chosen one first; of records made before they were kept, none.
    """

    id: str
    question: str
    truth: str
    given: str | None
    right: bool
    text: str
    solutions: int
    solutions_right: int
    stop: Stop
    seconds: float
    generator: Usage
    verifier: Usage
    degradations: tuple[str, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    kind: Literal["answered"] = "answered"

    @property
    def tokens(self) -> int:
        """Completion tokens, by whoever draws and by verifiers that write."""
        return self.generator.completion_tokens + self.verifier.completion_tokens


@dataclass(frozen=True, slots=True)
class Failed:
    """A search raised `error`; it is run again when the run is resumed. The cost is up to then."""

    id: str
    question: str
    truth: str
    error: str
    seconds: float
    generator: Usage
    verifier: Usage
    kind: Literal["failed"] = "failed"


Record: TypeAlias = Answered | Failed
LINE: TypeAdapter[Record] = TypeAdapter(Annotated[Answered | Failed, Discriminator("kind")])


class Kept(Protocol):
    """What a record says whatever it is of; one that failed is of the kind "failed"."""

    @property
    def id(self) -> str:
        """The question's."""
        ...

    @property
    def question(self) -> str:
        """Its text."""
        ...

    @property
    def truth(self) -> str:
        """The answer known to be right."""
        ...

    @property
    def kind(self) -> str:
        """What the record is."""
        ...


R = TypeVar("R", bound=Kept)


@dataclass(slots=True)
class Records(Generic[R]):
    """The records of a run by question, on disk too if `path` is given; for use inside `with`.

    `line` reads and writes one.
    """

    setup: Setup
    line: TypeAdapter[R]
    path: Path | None = None
    kept: dict[str, R] = field(default_factory=dict)
    _journal: Journal | None = None
    _opened: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Open the file, or begin it, and read what it holds.

        Raises:
            OutputRefused: it cannot be used; see `journal`.
        """
        if self.path is not None:
            with ExitStack() as stack:
                self._journal = stack.enter_context(journal(self.path, self.setup.plain()))
                self.kept |= {one.id: one for one in self._journal.read(self.line)}
                self._opened = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    def add(self, record: R) -> None:
        """Keep a record; it is in the file when this returns.

        Raises:
            OutputRefused: it could not be written.
        """
        self.kept[record.id] = record
        if self._journal is not None:
            self._journal.add(self.line.dump_json(record))

    def answered(self, question: Question) -> bool:
        """Say whether a question was answered, and need not be asked again.

        Another question under the same id, which ids of a file's own allow, is a new one.
        """
        kept = self.kept.get(question.id)
        if kept is None or kept.kind == "failed":
            return False
        return (kept.question, kept.truth) == (question.text, question.truth)
