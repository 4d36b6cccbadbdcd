"""What is said to the model to have answers criticised, mended, revised and fused."""

from collections.abc import Sequence

from engines.conversation import Message
from scorers.base import Candidate

REVISE = "Look for a mistake in the answer above, then answer the question again in full."

FLAWLESS = "FLAWLESS"
CRITICISE = (
    "Say what is wrong with the answer above and how to mend it, point by point. Do not write a "
    f"new answer. If there is nothing to mend, reply with the one word {FLAWLESS}."
)
MEND = "Answer the question again in full, with all of that mended."

OTHERS = "Other authors have answered the same question:"
SYNTHESISE = (
    "Any of these answers may be wrong, the first one too. Weigh them against each other, do not "
    "simply repeat one of them, and write the best answer you can to the question, in full and "
    "without mention of the others."
)


def revising(answers: Sequence[Candidate]) -> list[Message]:
    """Return the turns that show answers, one after the other, and ask for a better one."""
    pairs = [(Message("assistant", a.answer), Message("user", REVISE)) for a in answers]
    return [turn for pair in pairs for turn in pair]


def synthesising(answers: Sequence[Candidate]) -> list[Message]:
    """Return the turns that show answers, and ask for one made of them.

    The first is shown as the model's own: a list in its place would be taken for the way to answer.
    """
    first, *others = (answer.answer.strip() for answer in answers)
    shown = [f"<answer>\n{text}\n</answer>" for text in others]
    asked = "\n\n".join([OTHERS, *shown, SYNTHESISE])
    return [Message("assistant", first), Message("user", asked)]


def flawless(feedback: str) -> bool:
    """Return whether feedback says, in its first or last word, that there is nothing to mend."""
    words = [word.strip(".,:;!*\"'`") for word in feedback.split()]
    return FLAWLESS in (*words[:1], *words[-1:])
