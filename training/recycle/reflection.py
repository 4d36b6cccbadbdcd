"""The teacher: a model that is asked to reflect, and to write something better."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from engines.base import Engine, Prompt, Request, Sampling, Usage
from engines.conversation import Conversation
from engines.errors import ContextOverflow
from search.drawing import seed_of
from training.pairs import Pair
from training.recycle.parsing import Read, read_instruction, read_response
from training.recycle.prompts import reflect_on_instruction, reflect_on_response

Stage: TypeAlias = Literal["instruction", "response"]
"""What is reflected on."""
AS_IN_THE_PAPER = Sampling(2048, temperature=0.0)
"""How a teacher's replies are drawn in the paper."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a teacher said, thinking left out; `cut` if its tokens or its context ended it.

    `too_long` if there was no room for any reply: the prompt alone fills the model's context.
    """

    text: str
    cut: bool
    usage: Usage
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class Teacher:
    """Reflects on pairs, one reply each; `sampling` as it is drawn, with room for less."""

    engine: Engine
    sampling: Sampling = AS_IN_THE_PAPER
    seed: int = 0

    async def reflect(self, stage: Stage, pair: Pair, *, request_id: str) -> Reply:
        """Ask for a better instruction or response than a pair has.

        Raises:
            EngineError: the teacher could not be asked.
        """
        prompt = await self.engine.render(asked(stage, pair))
        room = self._room(prompt)
        if room < 1:
            return Reply("", cut=False, usage=Usage(), too_long=True)
        sampling = replace(self.sampling, max_tokens=room)
        seed = seed_of(self.seed, request_id)
        try:
            drawn = await self.engine.generate(Request(request_id, prompt, (), 1, sampling, seed))
        except ContextOverflow:
            # Of servers that take text only the prompt's length is not known before.
            return Reply("", cut=False, usage=Usage(), too_long=True)
        (sample,) = drawn.samples
        text = sample.step.text
        said = prompt.thinking.split(text)[1] if prompt.thinking else text
        return Reply(said, sample.finish == "length", drawn.usage)

    def _room(self, prompt: Prompt) -> int:
        """Return how many tokens a reply can have, by its cap and by the model's context."""
        most, context = self.sampling.max_tokens, self.engine.capabilities.context
        if context is None or prompt.ids is None:
            return most
        return min(most, context - len(prompt.ids))


def asked(stage: Stage, pair: Pair) -> Conversation:
    """Return what a teacher is asked."""
    return (reflect_on_instruction if stage == "instruction" else reflect_on_response)(pair)


def read(stage: Stage, text: str) -> Read:
    """Read what a reply has between its marks."""
    return (read_instruction if stage == "instruction" else read_response)(text)
