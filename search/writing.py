"""What a search writes itself: conversations made into prompts, and texts put into solutions."""

from collections.abc import Sequence
from dataclasses import replace

from engines.base import DEFAULT, Prompt, Step
from engines.conversation import Conversation, Message
from engines.tasks import collect
from scorers.base import Candidate
from search.events import Rendered, Written
from search.models import Models, Task
from search.recorder import Recorder


class Writer:
    """Has what is not drawn put into tokens, by the engine that is to read it."""

    def __init__(self, models: Models, task: Task, record: Recorder) -> None:
        self._models, self._task, self._record = models, task, record
        self._prompts: dict[tuple[Conversation, str], Prompt] = {}

    async def prompts(
        self, continuations: Sequence[Sequence[Message]], engines: Sequence[str] = ()
    ) -> list[Candidate]:
        """Return a candidate without steps for each of (K,) continuations; see `Search.prompts`."""
        asked = self._task.conversation
        names = engines or [DEFAULT] * len(continuations)
        wanted = [
            (replace(asked, messages=(*asked.messages, *turns)), name)
            for turns, name in zip(continuations, names, strict=True)
        ]
        new = [place for place in dict.fromkeys(wanted) if place not in self._prompts]
        rendered = await collect(self._models.named(name).render(asked) for asked, name in new)
        for place, prompt in zip(new, rendered, strict=True):
            self._prompts[place] = replace(prompt, engine=place[1])
            self._record.say(Rendered(self._prompts[place]))
        return [Candidate(self._prompts[place]) for place in wanted]

    async def without(self, end: str, candidate: Candidate) -> Candidate:
        """Take a text and what follows it off the last step, which is then tokenized anew."""
        if not end or not candidate.steps or end not in candidate.steps[-1].text:
            return candidate
        kept, last = candidate.steps[:-1], candidate.steps[-1]
        step = await self.step(last.text.partition(end)[0], candidate.prompt, last.tokens)
        return replace(candidate, steps=(*kept, step))

    async def step(self, text: str, prompt: Prompt, tokens: int = 0) -> Step:
        """Return a text as a step; `tokens` is its length where the server does not tell."""
        ids = await self._models.named(prompt.engine).tokenize(text)
        step = Step(text, tokens if ids is None else len(ids), ids)
        self._record.say(Written(step))
        return step
