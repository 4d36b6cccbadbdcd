"""How a model shows that it thinks: before its answer, in the same turn, between two marks.

Knows texts, not where they come from. Nothing in a conversation can pass for thinking: only what
the model says, and the very end of its prompt, is looked at.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a turn shows its thinking, from `start` to `end`, before the answer.

    `opened` says of a prompt that it has begun the thinking already, and of an engine that it
    begins it where the chat template does not. `end_ids` are the tokens of `end`, if known.
    """

    start: str = "<think>"
    end: str = "</think>"
    opened: bool = False
    end_ids: tuple[int, ...] = ()

    @property
    def opening(self) -> str:
        """What is put behind a prompt to begin the thinking."""
        return f"{self.start}\n"

    @property
    def closing(self) -> str:
        """What is put behind thinking to end it."""
        return f"\n{self.end}\n\n"

    @property
    def skipped(self) -> str:
        """What is put behind a prompt to have the answer without any thinking."""
        return self.closing if self.opened else self.opening + self.closing

    def split(self, text: str) -> tuple[str, str]:
        """Return the thinking and the answer of a turn, without marks or white space around them.

        Thinking without an end leaves no answer. An end without a start parts the two as well: a
        template may have begun the thinking unseen.
        """
        body, begun = self._body(text)
        thought, mark, answer = body.partition(self.end)
        return (thought.strip(), answer.lstrip()) if begun or mark else ("", text)

    def unended(self, text: str) -> bool:
        """Say whether a turn has begun to think, and has not come to the end of that."""
        body, begun = self._body(text)
        return begun and self.end not in body

    def open_to(self, text: str) -> bool:
        """Say whether a turn is thinking, or has said too little yet to know that it does not."""
        may_begin = self.start.startswith(text.lstrip())
        return self.unended(text) or may_begin

    def behind(self, prompt: str) -> "Thinking | None":
        """Return how a turn thinks behind a rendered prompt, of which the end is enough.

        `None` where the prompt has ended the thinking for the model, which then only answers.
        """
        bare = prompt.rstrip()
        if bare.endswith(self.end):
            return None
        return replace(self, opened=self.opened or bare.endswith(self.start))

    def missing(self, prompt: str) -> str:
        """Return what is to be put behind a rendered prompt to begin the thinking, if anything."""
        begun = prompt.rstrip().endswith((self.start, self.end))
        return "" if begun or not self.opened else self.opening

    def _body(self, text: str) -> tuple[str, bool]:
        """Return a turn without its start mark, and whether it has begun to think."""
        bare = text.lstrip()
        if bare.startswith(self.start):
            return bare.removeprefix(self.start), True
        return text, self.opened


class Marks(BaseModel):
    """How a model shows its thinking, in the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: str = Field(default="<think>", min_length=1, description="what begins the thinking")
    end: str = Field(default="</think>", min_length=1, description="what ends it")
    opened: bool = Field(
        default=False, description="whether to begin it where the chat template does not"
    )

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.start in self.end or self.end in self.start:
            raise ValueError("neither of `start` and `end` can be a part of the other")
        return self

    def thinking(self, end_ids: tuple[int, ...] = ()) -> Thinking:
        """Return them as engines have them."""
        return Thinking(self.start, self.end, self.opened, end_ids)


Marked: TypeAlias = Marks | Literal["probe"] | None
"""The configured marks; `probe`: to be found out; `None`: the model does not think."""


async def find_marks(
    marked: Marked, tokenize: Callable[[str], Awaitable[tuple[int, ...]]]
) -> Thinking | None:
    """Return a model's marks: as configured, or those of most models if it has them as tokens.

    That it has them is no proof that it thinks, but a turn without marks is all answer anyway.
    """
    if marked is None:
        return None
    marks = Marks() if marked == "probe" else marked
    start, end = await tokenize(marks.start), await tokenize(marks.end)
    # A tokenizer without such tokens takes several for each, or the same unknown one for both.
    tokens = len(start) == len(end) == 1 and start != end
    return marks.thinking(end) if marked != "probe" or tokens else None


class Parting:
    """Parts a turn that is still being drawn; all is answer if the model does not think.

    What it gives is never taken back: white space, and what may become a mark, wait until it is
    known what they are. An end without a start is taken for text.
    """

    def __init__(self, thinking: Thinking | None) -> None:
        self._marks = thinking or Thinking()
        self._place: Literal["begin", "thinking", "answer"] = "begin" if thinking else "answer"
        self._pending = ""
        self._bare = False

    def take(self, piece: str) -> tuple[str, str]:
        """Return what one more piece of the turn adds for certain to thinking and to answer."""
        self._pending += piece
        if self._place == "begin":
            self._begin()
        thought = self._thought() if self._place == "thinking" else ""
        return thought, self._answer() if self._place == "answer" else ""

    def _begin(self) -> None:
        start, bare = self._marks.start, self._pending.lstrip()
        if bare.startswith(start):
            self._go_to("thinking", bare.removeprefix(start))
        elif not start.startswith(bare):
            if self._marks.opened:
                self._go_to("thinking", bare)
            else:
                self._place = "answer"

    def _go_to(self, place: Literal["thinking", "answer"], rest: str) -> None:
        """Begin a part, of which white space at the beginning is to be left out."""
        self._place, self._pending, self._bare = place, rest, True

    def _thought(self) -> str:
        end = self._marks.end
        thought, mark, rest = self._pending.partition(end)
        if mark:
            thought = self._trimmed(thought.rstrip())
            self._go_to("answer", rest)
            return thought
        known = self._pending[: max(0, len(self._pending) - len(end) + 1)].rstrip()
        self._pending = self._pending[len(known) :]
        return self._trimmed(known)

    def _answer(self) -> str:
        text = self._trimmed(self._pending)
        self._pending = ""
        return text

    def _trimmed(self, text: str) -> str:
        if self._bare:
            text = text.lstrip()
            self._bare = not text
        return text
