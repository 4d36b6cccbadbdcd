"""How a process reward model reads a solution: as one text with a separator after each step.

Knows nothing of servers. Its one promise is that rewards find their steps again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from engines.conversation import Conversation
from engines.tool_prompt import in_words
from scorers.base import Candidate


@dataclass(frozen=True, slots=True)
class Written:
    """A text to be scored, and where its rewards belong.

    Attributes:
        text: what the model reads.
        before: separators in front of the first step; the model rates each of them too.
        spoken: (S,) whether a step has text; those that have none are not in `text`.
    """

    text: str
    before: int
    spoken: tuple[bool, ...]

    @property
    def separators(self) -> int:
        """Separators in the text, R: as many rewards are to come back."""
        return self.before + sum(self.spoken)

    def rewards(self, rated: Sequence[float]) -> tuple[float, ...]:
        """Give (S,) steps their rewards out of (R,), one for each separator.

        A step without text has the reward of the step before it, for it changed nothing.
        """
        own = rated[self.before :]
        return tuple(own[max(0, spoken - 1)] for spoken in accumulate(map(int, self.spoken)))


@dataclass(frozen=True, slots=True)
class Layout:
    """How to write for one model.

    Attributes:
        separator: what ends every step.
        prefix: what comes before the steps; `{question}` and `{separator}` are filled in.
    """

    separator: str
    prefix: str

    def write(self, candidate: Candidate) -> Written:
        """Write a candidate; separators inside the question or a step become spaces."""
        question = self._clean(_question(candidate.prompt.conversation))
        prefix = self.prefix.replace("{separator}", self.separator)
        steps = [self._clean(step.text) for step in candidate.steps]
        text = prefix.replace("{question}", question)
        text += "".join(step + self.separator for step in steps if step)
        return Written(text, prefix.count(self.separator), tuple(map(bool, steps)))

    def _clean(self, text: str) -> str:
        # Tokenizers may join a separator with a space beside it into another token.
        pieces = (piece.strip() for piece in text.split(self.separator))
        return " ".join(piece for piece in pieces if piece)


LINES = Layout("\n", "{question}{separator}")
"""The question, then the steps, each on a line of its own, as many of TRL's PRMs are trained."""

QWEN = Layout(
    "<extra_0>",
    "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}."
    "<|im_end|>\n<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
)
"""Qwen2.5-Math-PRM-7B, -72B and Qwen2.5-Math-7B-PRM800K: as their model cards have it."""

_FAMILIES = ((re.compile(r"qwen2\.5-math-(7b-|72b-)?prm", re.IGNORECASE), QWEN),)


def layout_of(model: str) -> Layout:
    """Return how a model is known to be written for, by its name; `LINES` if it is not known."""
    return next((layout for name, layout in _FAMILIES if name.search(model)), LINES)


def _question(conversation: Conversation) -> str:
    """Return the user's words, or if there are several turns, all of them with their roles.

    System messages are left out: they say how to answer, and such models are trained without.
    """
    spoken = in_words(conversation).messages
    turns = [message for message in spoken if message.role != "system"]
    if len(turns) == 1:
        return turns[0].content
    return "\n".join(f"{turn.role}: {turn.content}" for turn in turns)
