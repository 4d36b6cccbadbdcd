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
detailed, correct answer to the new instruction. End your reply with both, first the instruction, \
then the answer, each between the same marks as ever."""
_RESPONSE = """\
Here is an instruction, and the answer that was given to it.

{pair}
The answer could be better. Reflect on it first, in a few sentences: rate its helpfulness, \
relevance, accuracy and level of detail, and say what is missing or wrong.

Then write a better answer to the same instruction: helpful, to the point, correct and detailed. \
End your reply with it, between the same marks as ever."""

_SHOWN = Pair("Tell me about bread.", "Bread is food.")
_SHOWN_INSTRUCTION = """\
The topic is simple and needs little knowledge, no detail and no reasoning, and it is ambiguous: \
nobody can tell which side of bread is meant. So the answer is true but of no help, for the \
instruction asked for nothing that a better one could hold.

[New Instruction]
{new_instruction}
[End]
[New Answer]
{new_answer}
[End]"""
_SHOWN_RESPONSE = """\
The answer is relevant and accurate, but it helps nobody and has no detail: it does not say what \
bread is made of, or how.

[Better Answer]
{better_answer}
[End]"""
SHOWN = {
    "new_instruction": "Explain why bread dough rises, and what happens to it in a kitchen that is "
    "too cold.",
    "new_answer": "Yeast eats the sugars in the flour and gives off carbon dioxide, which the "
    "dough holds in bubbles. In the cold yeast works slowly, so the dough hardly rises and the "
    "bread becomes dense; more time makes up for it.",
    "better_answer": "Bread is a food baked from a dough of flour and water, mostly with salt. "
    "Yeast or sourdough makes most breads rise; flatbreads are baked without.",
}
"""The texts of the examples that a teacher is shown: what equals one of them is not its own."""


def reflect_on_instruction(pair: Pair) -> Conversation:
    """Ask for a new instruction and its answer, and for what is wrong with those there are."""
    return _asked(_INSTRUCTION, _SHOWN_INSTRUCTION, pair)


def reflect_on_response(pair: Pair) -> Conversation:
    """Ask for a better answer, and for what is wrong with the one there is."""
    return _asked(_RESPONSE, _SHOWN_RESPONSE, pair)


def _asked(prompt: str, reply: str, pair: Pair) -> Conversation:
    """Ask as in an example, with which even small models keep to the form."""
    turns = (
        Message("system", _SYSTEM),
        Message("user", prompt.format(pair=_shown(_SHOWN))),
        Message("assistant", reply.format(**SHOWN)),
        Message("user", prompt.format(pair=_shown(pair))),
    )
    return Conversation(turns)


def _shown(pair: Pair) -> str:
    before = _before(pair.before)
    return _PAIR.format(before=before, instruction=pair.instruction, response=pair.response)


def _before(turns: Sequence[Message]) -> str:
    """Return the turns before the instruction, if there are any."""
    if not turns:
        return ""
    told = "\n".join(f"{turn.role}: {turn.content}" for turn in turns)
    return f"<conversation before>\n{told}\n</conversation before>\n"
