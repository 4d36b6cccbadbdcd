"""Pairs as the tokens that a model which is served reads and draws. Knows no torch.

A server renders a conversation with the model's chat template up to where the response begins, and
tokenizes that by itself. Those ids are the prompt here. What is learnt is all that the model is to
draw after them: the response, with whatever the template has before it, and the token that ends the
turn. What the template writes behind that token is never drawn, and so not learnt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from training.pairs import Pair
from training.tuning.errors import TrainError
from training.tuning.rows import Row, Tokenize

Turn: TypeAlias = dict[str, str]
"""`role` and `content`."""
Write: TypeAlias = Callable[[list[Turn], bool], str]
"""Gives a conversation as the template has it; if told so, up to where a response begins."""

_PROBE = "Zq7"
"""A response that no template has in itself."""


class BadTemplate(TrainError):
    """The chat template does not write responses where the model would draw them."""


@dataclass(frozen=True, slots=True)
class Chat:
    """How a model has its conversations written.

    Attributes:
        write: the template.
        tokenize: the tokenizer.
        special: ids of the tokens that are no part of a text, by what they are written as.
        eos: the one that ends texts, if there is one.
    """

    write: Write
    tokenize: Tokenize
    special: Mapping[str, int]
    eos: int | None


class Encoder:
    """Encodes pairs for one model.

    `end` is the token that ends a turn: the first special one that the template writes behind a
    response, or if it writes none, the one that ends texts.

    Raises:
        BadTemplate: there is no such token, or the template writes no responses.
    """

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        asked, answered = self._written([_turn("user", "Say it.")], _PROBE)
        lead, probe, self._tail = answered.rpartition(_PROBE)
        if not probe or not lead.startswith(asked):
            raise BadTemplate(
                "the base's chat template does not write a response behind the prompt that asks "
                "for it"
            )
        mark = _first(chat.special, self._tail)
        self._ending = self._tail[: self._tail.index(mark) + len(mark)] if mark else ""
        end = chat.special[mark] if mark else chat.eos
        if end is None:
            raise BadTemplate("neither the base's chat template nor its tokenizer ends a response")
        self.end: int = end

    def encode(self, pair: Pair) -> Row:
        """Return a pair's tokens, of which those behind the prompt are targets.

        Raises:
            BadTemplate: the template does not take this conversation, or writes it otherwise.
        """
        turns = [_turn(m.role, m.content) for m in pair.conversation.messages]
        asked, answered = self._written(turns, pair.response)
        if not answered.startswith(asked) or not answered.endswith(self._tail):
            raise BadTemplate(
                "the base's chat template does not write this response behind the prompt that asks "
                f"for it: {pair.response[:80]!r}"
            )
        drawn = answered[len(asked) : len(answered) - len(self._tail)] + self._ending
        prompt, whole = self._ids(asked), self._ids(asked + drawn)
        if whole[: len(prompt)] != prompt:
            # Together they are tokenized otherwise where they meet; a server's prompt is alone.
            whole = prompt + self._ids(drawn)
        if not self._ending:
            whole = (*whole, self.end)
        return Row(whole, tuple(place >= len(prompt) for place in range(len(whole))))

    def _written(self, turns: list[Turn], response: str) -> tuple[str, str]:
        asked = self._chat.write(turns, True)
        return asked, self._chat.write([*turns, _turn("assistant", response)], False)

    def _ids(self, text: str) -> tuple[int, ...]:
        return self._chat.tokenize(text, False)


def _turn(role: str, content: str) -> Turn:
    return {"role": role, "content": content}


def _first(special: Mapping[str, int], text: str) -> str | None:
    """Return the special token that a text has first, the longest of those that begin there."""
    there = [word for word in special if word and word in text]
    return min(there, key=lambda word: (text.index(word), -len(word)), default=None)
