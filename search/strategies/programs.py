"""What strategies that write programs share: talk about the problem, drawing code, choosing of it.

Knows no strategy. Talk is drawn aside; programs are the solutions of the search.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from engines.base import DEFAULT, Sampling
from engines.conversation import Message
from scorers.base import Candidate
from search.arranging import arranged
from search.search import Search

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chat(Generic[T]):
    """Turns behind the request's conversation, and what they are about."""

    about: T
    turns: tuple[Message, ...]

    @property
    def reply(self) -> str:
        """What was said last."""
        return self.turns[-1].content

    def then(self, text: str) -> "Chat[T]":
        """Return it with one more thing asked."""
        return replace(self, turns=(*self.turns, Message("user", text)))


@dataclass(frozen=True, slots=True)
class Program(Generic[T]):
    """A solution, what it was made of, and the observations that rests on."""

    about: T
    solution: Candidate
    observations: frozenset[str] = frozenset()


def besides_default(*names: str) -> tuple[str, ...]:
    """Return the engines of these names but for the default one, each once, in their order."""
    return tuple(name for name in dict.fromkeys(names) if name != DEFAULT)


def warmed(how: Sampling, temperature: float | None) -> Sampling:
    """Return how to draw at a temperature; as before if it is not given."""
    return how if temperature is None else replace(how, temperature=temperature)


def talking(how: Sampling) -> Sampling:
    """Return how to draw talk: what stops an answer does not stop that."""
    return replace(how, stop=())


async def replied(
    search: Search, chats: Sequence[Chat[T]], engine: str, how: Sampling
) -> list[Chat[T]]:
    """Return (K,) chats with a reply behind each, all drawn together.

    Those whose request failed are left out.
    """
    prompts = await search.prompts([chat.turns for chat in chats], [engine] * len(chats))
    families = await search.extend_each(prompts, 1, how, aside=True) if chats else []
    return [
        replace(chat, turns=(*chat.turns, Message("assistant", kid.answer)))
        for chat, kids in zip(chats, families, strict=True)
        for kid in kids
    ]


async def coded(
    search: Search, chats: Sequence[Chat[T]], engine: str, how: Sampling
) -> list[Program[T]]:
    """Return the programs drawn behind (K,) chats, all together; failed ones are left out."""
    prompts = await search.prompts([chat.turns for chat in chats], [engine] * len(chats))
    families = await search.extend_each(prompts, 1, how, scoring=True) if chats else []
    return [
        Program(chat.about, kid) for chat, kids in zip(chats, families, strict=True) for kid in kids
    ]


async def elected(search: Search, programs: Sequence[Program[T]]) -> list[Program[T]]:
    """Judge (N,) programs together; return them ranked, the answer first, and have that told.

    Raises:
        BudgetExhausted: judging them could cost more than is left.
    """
    scored = await search.score([program.solution for program in programs])
    ranking = arranged(scored, [program.observations for program in programs])
    search.arrange(ranking)
    places = {id(solution): place for place, solution in enumerate(ranking)}
    judged = [replace(p, solution=s) for p, s in zip(programs, scored, strict=True)]
    return sorted(judged, key=lambda program: places[id(program.solution)])
