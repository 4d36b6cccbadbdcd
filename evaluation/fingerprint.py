"""How a run asks its questions: all that its figures depend on, and so the identity of its file."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isinf
from typing import Self

from pydantic import JsonValue, TypeAdapter

from engines.base import Sampling
from engines.conversation import Conversation, Message
from evaluation.datasets import Question
from search import Budget, Models, Task
from search.strategies import Strategy
from training.journal import fingerprint

PLACE = "{question}"
"""What a prompt template has where the question goes."""

_SAMPLING = TypeAdapter(Sampling)


@dataclass(frozen=True, slots=True)
class Setup:
    """A run's settings as they are written to its file.

    Servers are known by the names they give: two scorers that answer to one name are not told
    apart.
    """

    strategy: Mapping[str, JsonValue]
    budget: Mapping[str, JsonValue]
    sampling: Mapping[str, JsonValue]
    model: str
    scorers: tuple[str, ...]
    seed: int
    prompt: str = PLACE

    @classmethod
    def of(
        cls,
        strategy: Strategy,
        models: Models,
        budget: Budget,
        sampling: Sampling,
        *,
        seed: int,
        prompt: str = PLACE,
    ) -> Self:
        """Describe a run."""
        # A run without pauses is what it was before there were any.
        unsaid = None if sampling.pauses else {"pauses"}
        return cls(
            strategy.model_dump(mode="json"),
            {name: limit for name, limit in asdict(budget).items() if not isinf(limit)},
            _SAMPLING.dump_python(sampling, mode="json", exclude=unsaid),
            models.engine.capabilities.model,
            tuple(scorer.name for scorer in models.scorers),
            seed,
            prompt,
        )

    @property
    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that only equal settings share."""
        return fingerprint(self.plain())

    def plain(self) -> dict[str, JsonValue]:
        """Return it as JSON has it."""
        plain: dict[str, JsonValue] = _SETUP.dump_python(self, mode="json")
        return plain


def task(question: Question, sampling: Sampling, *, seed: int, prompt: str) -> Task:
    """Return the search's task for a question, with a seed of its own."""
    asked = Conversation((Message("user", prompt.replace(PLACE, question.text)),))
    digest = hashlib.sha256(f"{seed}/{question.id}".encode()).digest()
    return Task(asked, sampling, seed=int.from_bytes(digest[:4], "big"))


_SETUP = TypeAdapter(Setup)
