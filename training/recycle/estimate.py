"""What a run costs at most, told before anything is asked."""

from dataclasses import dataclass
from itertools import islice

from engines.base import Engine
from engines.conversation import Conversation, Message
from engines.usage import Usage
from training.pairs import Pair
from training.recycle.prompts import reflect_on_instruction, reflect_on_response
from training.recycle.reflection import Teacher
from training.recycle.samples import Data, Sample
from training.recycle.student import Student
from training.recycle.templates import guess

_LOOKED_AT = 64
"""Pairs of which tokens are counted; the others have as many for their characters."""
_CHARACTERS = 4
"""Of a token, where a server does not count them."""
_EMPTY = Pair("", "")


@dataclass(frozen=True, slots=True)
class Estimate:
    """At most what is spent on `n` pairs, if all that is written takes all the tokens it may."""

    n: int
    teacher: Usage
    student: Usage


@dataclass(frozen=True, slots=True)
class Estimator:
    """Estimates; without a teacher, of pairs whose better response is there already."""

    teacher: Teacher | None
    student: Student

    async def estimate(self, data: Data) -> Estimate:
        """Return what data cost, as if nothing of them were done.

        Raises:
            EngineError: an engine could not be asked how many tokens a text has.
        """
        looked = list(islice(data.read(), _LOOKED_AT))
        told = Usage() if self.teacher is None else await _taught(self.teacher, data, looked)
        return Estimate(data.n, told, await self._scored(data, looked))

    async def _scored(self, data: Data, looked: list[Sample]) -> Usage:
        """Of each version both texts are read alone, and each behind the other: thrice, then."""
        engine = self.student.engine
        asked = (guess(""), Conversation((Message("user", ""),)))
        around = sum([await _length(engine, prompt) for prompt in asked])
        own = data.characters * await _rate(engine, looked)
        versions, read = 2, 6 * own
        if self.teacher is not None:
            # The new pair is one reply, the better response another to what the first has written.
            written = self.teacher.sampling.max_tokens
            versions, read = 3, 3 * own + data.n * 3 * (written + 2 * written)
        most = versions * data.n * 4 * self.student.longest
        tokens = min(read + versions * data.n * around, most)
        return engine.capabilities.bill(round(tokens), 0, 0, calls=versions * data.n)


async def _taught(teacher: Teacher, data: Data, looked: list[Sample]) -> Usage:
    engine, most = teacher.engine, teacher.sampling.max_tokens
    asked = (reflect_on_instruction(_EMPTY), reflect_on_response(_EMPTY))
    around = sum([await _length(engine, prompt) for prompt in asked])
    own = data.characters * await _rate(engine, looked)
    # The second prompt shows the pair as it was, or the one that the first reply has written.
    read = data.n * (around + most) + 2 * own
    return engine.capabilities.bill(round(read), 0, 2 * data.n * most, calls=2 * data.n)


async def _length(engine: Engine, conversation: Conversation) -> int:
    """Return the tokens of a conversation, or about so many where the server does not tell them."""
    ids = (await engine.render(conversation)).ids
    characters = sum(len(message.content) for message in conversation.messages)
    return characters // _CHARACTERS if ids is None else len(ids)


async def _rate(engine: Engine, samples: list[Sample]) -> float:
    """Return the tokens for each character, by a few pairs."""
    text = "\n".join(f"{sample.pair.instruction}\n{sample.pair.response}" for sample in samples)
    ids = await engine.tokenize(text)
    return 1 / _CHARACTERS if ids is None or not text else len(ids) / len(text)
