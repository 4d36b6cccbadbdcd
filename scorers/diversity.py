"""How many ideas there are among programs for one problem: a model sums up each, and compares all.

Source: idea diversity of PlanSearch, arXiv:2409.03733, section 6.1, and its code. Of up to 40
programs in random order a model writes the idea; of each two ideas it says whether they are the
same. s is the share of pairs that are, and D = 1 - s. Knows no search: programs are texts.
Differs from the paper: the words of both questions are ours, and the nucleus is not cut at 0.9,
which at temperature 0 changes nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from engines.base import Engine
from engines.conversation import Conversation, Message
from engines.errors import RequestRefused
from engines.tasks import collect
from engines.usage import Usage
from scorers.critique import Critic, Critiques, Writing
from scorers.each import spent_on

PROMPT_VERSION = 1
"""Goes up with every change of the texts below: what they find is not to be compared."""
SUMMARY = """\
Below are a problem and a program that is to solve it. Sum up the idea of the program in a few \
sentences, as the editorial of a contest would: the approach and what makes it work, not the code. \
Do not say whether it is right.

<problem>
{problem}
</problem>

<program>
{program}
</program>"""
COMPARISON = """\
Below are a problem and the ideas of two solutions. Do both rest on the same idea? Differences in \
wording and detail do not count. Reply with Yes or No.

<problem>
{problem}
</problem>

<idea>
{first}
</idea>

<idea>
{second}
</idea>"""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Comparing:
    """How programs are compared.

    Attributes:
        most: programs that are, of those there are.
        seed: of the order in which they are taken.
        together: questions that are asked at a time.
        max_tokens: of a summary, and of an answer.
        timeout_seconds: the longest that either may take.
    """

    most: int = 40
    seed: int = 42
    together: int = 8
    max_tokens: int = 1024
    timeout_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class IdeaDiversity:
    """How alike the ideas of (K,) programs are.

    Attributes:
        programs: places of those that were compared, in the order they were.
        ideas: of each, as the model sums it up, (K,).
        alike: (K, K) whether two have the same idea; of one with itself, that it has.
        usage: what asking cost, of failed calls the most they may have.
    """

    programs: tuple[int, ...]
    ideas: tuple[str, ...]
    alike: tuple[tuple[bool, ...], ...]
    usage: Usage

    @property
    def similarity(self) -> float | None:
        """The share of pairs with the same idea, s, in [0, 1]; `None` if there are no pairs."""
        pairs = [self.alike[i][j] for i, j in combinations(range(len(self.alike)), 2)]
        return sum(pairs) / len(pairs) if pairs else None

    @property
    def diversity(self) -> float | None:
        """D = 1 - s: 0 if all ideas are the same, 1 if no two are; `None` if there are no pairs."""
        return None if self.similarity is None else 1 - self.similarity


def mean_diversity(problems: Sequence[IdeaDiversity]) -> float | None:
    """Return the mean D of problems, those without pairs left out; `None` if there is no other."""
    known = [one.diversity for one in problems if one.diversity is not None]
    return sum(known) / len(known) if known else None


async def idea_diversity(
    problem: str, programs: Sequence[str], judge: Engine, how: Comparing | None = None
) -> IdeaDiversity:
    """Find how alike the ideas of (N,) programs for one problem are; empty ones are left out.

    Raises:
        EngineError: a question was refused, or failed three times.
    """
    how = how or Comparing()
    places = Random(how.seed).sample(range(len(programs)), min(how.most, len(programs)))  # noqa: S311 - chance, not secrecy
    places = [place for place in places if programs[place].strip()]
    asker = _Asker(judge, how)
    if len(places) < 2:  # noqa: PLR2004 - a pair
        return IdeaDiversity(tuple(places), (), ((True,),) * len(places), asker.usage)
    texts = (programs[place].strip() for place in places)
    ideas = await asker.all([SUMMARY.format(problem=problem, program=text) for text in texts])
    pairs = list(combinations(range(len(ideas)), 2))
    asked = [COMPARISON.format(problem=problem, first=ideas[i], second=ideas[j]) for i, j in pairs]
    replies = await asker.all(asked)
    same = {pair for pair, reply in zip(pairs, replies, strict=True) if "yes" in reply.lower()}
    alike = tuple(
        tuple(i == j or (min(i, j), max(i, j)) in same for j in range(len(ideas)))
        for i in range(len(ideas))
    )
    return IdeaDiversity(tuple(places), tuple(ideas), alike, asker.usage)


class _Asker:
    """Asks a model at temperature 0, so many questions at a time, and keeps the bill."""

    def __init__(self, judge: Engine, how: Comparing) -> None:
        writing = Writing(1, how.max_tokens, 0.0, how.timeout_seconds)
        self._critic = Critic(f"diversity-{PROMPT_VERSION}", judge, writing)
        self._gate = asyncio.Semaphore(how.together)
        self.usage = Usage()

    async def all(self, questions: Sequence[str]) -> list[str]:
        """Return the answers to (K,) questions, asked together."""
        return await collect(map(self._in_turn, questions))

    async def _in_turn(self, question: str) -> str:
        async with self._gate:
            return await self._ask(question, _TRIES)

    async def _ask(self, question: str, tries: int) -> str:
        reply = await self._critic.write(Conversation((Message("user", question),)))
        if isinstance(reply, Critiques):
            self.usage += reply.usage
            return reply.texts[0]
        self.usage += spent_on(reply, self._critic.bound([question]))
        if isinstance(reply, RequestRefused) or tries == 1:
            raise reply
        return await self._ask(question, tries - 1)
