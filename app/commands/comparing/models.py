"""Who answers in `fathom compare --prompts`: a model of the service by its name, or a file."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from app.errors import ModelNotFound
from app.messages import ChatMessage
from app.plan import Plan, find, plan
from app.presets import BudgetOptions
from app.service import Service
from app.wire import ChatRequest, SearchOptions
from engines.conversation import Conversation
from evaluation.fingerprint import Setup
from evaluation.pairwise.records import Answer
from evaluation.pairwise.run import Answers, Written
from search import run_search
from training.journal import Settings

_MESSAGES = TypeAdapter(list[ChatMessage])


@dataclass(frozen=True, slots=True)
class Way:
    """How a model answers, where flags say so and its alias and settings do not."""

    budget: BudgetOptions
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """A model, or an alias of one, that answers by a search as a request to it does."""

    name: str
    service: Service
    way: Way

    @property
    def setup(self) -> Settings:
        """How it searches, and on what."""
        planned = self._plan([{"role": "user", "content": "?"}], 0)
        of = Setup.of(
            planned.strategy, planned.models, planned.budget, planned.task.sampling, seed=0
        ).plain()
        return {name: value for name, value in of.items() if name not in ("seed", "prompt")}

    @property
    def model(self) -> str:
        """The model behind the name, without its alias."""
        return find(self.name, self.service)[0].engine.capabilities.model

    def has(self, _: Conversation) -> bool:
        """Say that it answers anything."""
        return True

    async def answer(self, prompt: Conversation, seed: int) -> Answer:
        """Search for an answer; see `Answers.answer`."""
        turns = [{"role": m.role, "content": m.content} for m in prompt.messages]
        planned = self._plan(turns, seed)
        outcome = await run_search(planned.strategy, planned.task, planned.models, planned.budget)
        return Answer(outcome.answer.answer, outcome.stop, outcome.usage, outcome.degradations)

    def _plan(self, turns: list[dict[str, str]], seed: int) -> Plan:
        request = ChatRequest(
            model=self.name,
            messages=_MESSAGES.validate_python(turns),
            search=SearchOptions(budget=self.way.budget),
            temperature=self.way.temperature,
            max_completion_tokens=self.way.max_tokens,
            seed=seed,
        )
        return plan(request, self.service)


def answering(name: str, service: Service, way: Way) -> Answers:
    """Return who answers under this name: a model, or else a file of answers.

    Raises:
        ModelNotFound: it is neither.
        DatasetError: the file cannot be read, or holds something else.
    """
    try:
        find(name, service)
    except ModelNotFound:
        if not Path(name).is_file():
            raise
        return Written.read(Path(name))
    return Served(name, service, way)


def judging(name: str, service: Service, max_tokens: int) -> Served:
    """Return the judge of this name: it draws one reply at temperature 0, or as its alias says.

    Raises:
        ModelNotFound: there is no such model.
    """
    _, alias = find(name, service)
    return Served(name, service, Way(BudgetOptions(), None if alias else 0.0, max_tokens))
