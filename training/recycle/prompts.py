"""What the teacher is asked: to reflect on an instruction, or on a response, and to write a better.

Source: arXiv:2402.10110, section 3.1, for what is asked and the criteria; the words are ours.
"""

from collections.abc import Sequence

from engines.conversation import Conversation, Message
from training.pairs import Pair

VERSION = "reflect-1"
"""Of these prompts: another wording gives other data."""

_SYSTEM = "You improve examples that a language model learns to follow instructions from."
_PAIR = """\
{before}<instruction>
{instruction}
</instruction>
<answer>
{response}
</answer>
"""
_INSTRUCTION = """\
Here is an instruction, and the answer that was given to it.

{pair}
The answer is poor, and the instruction is a part of the reason. Reflect on both first, in a few \
sentences:
- Rate the instruction by the complexity of its topic, the level of detail required, the knowledge \
required, its ambiguity, and the logical reasoning or problem-solving involved.
- Say why the answer is poor by its helpfulness, relevance, accuracy and level of detail, and how \
the instruction has led to that.

Then write a new instruction of the same field that does better by these criteria: it is complete, \
can be understood by itself, and takes more thought to answer than the old one. Then write a \
detailed, correct answer to the new instruction. End your reply with both in exactly this form:

[New Instruction]
{new_instruction}
[End]
[New Answer]
{new_answer}
[End]"""
_RESPONSE = """\
Here is an instruction, and the answer that was given to it.

{pair}
The answer could be better. Reflect on it first, in a few sentences: rate its helpfulness, \
relevance, accuracy and level of detail, and say what is missing or wrong.

Then write a better answer to the same instruction: helpful, to the point, correct and detailed. \
End your reply with it in exactly this form:

[Better Answer]
{better_answer}
[End]"""

PLACES = {
    "new_instruction": "(the new instruction)",
    "new_answer": "(the answer to the new instruction)",
    "better_answer": "(the better answer)",
}
"""What stands for each text in the form that is shown."""


def reflect_on_instruction(pair: Pair) -> Conversation:
    """Ask for a new instruction and its answer, and for what is wrong with those there are."""
    return _asked(_INSTRUCTION.format(pair=_shown(pair), **PLACES))


def reflect_on_response(pair: Pair) -> Conversation:
    """Ask for a better answer, and for what is wrong with the one there is."""
    return _asked(_RESPONSE.format(pair=_shown(pair), **PLACES))


def _asked(text: str) -> Conversation:
    return Conversation((Message("system", _SYSTEM), Message("user", text)))


def _shown(pair: Pair) -> str:
    before = _before(pair.before)
    return _PAIR.format(before=before, instruction=pair.instruction, response=pair.response)


def _before(turns: Sequence[Message]) -> str:
    """Return the turns before the instruction, if there are any."""
    if not turns:
        return ""
    told = "\n".join(f"{turn.role}: {turn.content}" for turn in turns)
    return f"<conversation before>\n{told}\n</conversation before>\n"
