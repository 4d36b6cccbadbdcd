"""What stands before a text when a student is asked how likely it is.

The default is the student's own chat template. The others are texts that models without one are
tuned on, in the formats known by these names: Alpaca's, Vicuna's (FastChat), WizardLM's. Earlier
turns are written in the same format; a system's turn takes the place of its first sentences.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from engines.conversation import Conversation, Message

Template: TypeAlias = Literal["chat", "alpaca", "vicuna", "wizard"]
"""How a conversation is written: by the model's own template, or as one of the texts."""

GUESS = "guess-1"
"""The version of `guess`: r-IFD by another wording is another score."""

_ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request."
)
_VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions."
)


def guess(response: str) -> Conversation:
    """Return y' of arXiv:2402.10110: a response, and the request to guess its instruction."""
    asked = (
        "Here is a response that an assistant has given to an instruction.\n\n"
        f"[Response]\n{response}\n[End of response]\n\n"
        "What was the instruction? Guess it from the response alone, and answer with the "
        "instruction only, word for word as the user may have written it."
    )
    return Conversation((Message("user", asked),))


def written(conversation: Conversation, template: Template) -> Conversation:
    """Return a conversation as a student is to read it, up to where the response begins."""
    if template == "chat":
        return conversation
    return Conversation(conversation.messages, raw=_WRITE[template](conversation.messages))


def _alpaca(turns: Sequence[Message]) -> str:
    said = {"user": "### Instruction:\n{}\n\n### Response:", "assistant": "{}\n\n"}
    return _system(turns, _ALPACA) + "\n\n" + _turns(turns, said)


def _vicuna(turns: Sequence[Message]) -> str:
    said = {"user": "USER: {} ASSISTANT:", "assistant": " {}</s>"}
    return _system(turns, _VICUNA) + " " + _turns(turns, said)


def _wizard(turns: Sequence[Message]) -> str:
    system = _system(turns, "")
    said = {"user": "{}\n\n### Response:", "assistant": "{}\n\n"}
    return (f"{system}\n\n" if system else "") + _turns(turns, said)


_WRITE: Mapping[str, Callable[[Sequence[Message]], str]] = {
    "alpaca": _alpaca,
    "vicuna": _vicuna,
    "wizard": _wizard,
}


def _system(turns: Sequence[Message], usual: str) -> str:
    own = [turn.content for turn in turns if turn.role == "system"]
    return "\n\n".join(own) if own else usual


def _turns(turns: Sequence[Message], said: Mapping[str, str]) -> str:
    return "".join(said[turn.role].format(turn.content) for turn in turns if turn.role in said)
