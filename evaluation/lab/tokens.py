"""The laboratory's 32 tokens: characters, and a few words. Knows nothing of models."""

import re
from collections.abc import Iterable, Sequence

PAD, BOS, EOS, PAUSE = "<pad>", "<bos>", "<eos>", "<pause>"
WORDS = ("Answer:", "Wrong:", "Retry:")
CHARACTERS = "\n 0123456789+-*()=?"
UNKNOWN = "<unused0>"
UNUSED = tuple(f"<unused{i}>" for i in range(6))

VOCABULARY: tuple[str, ...] = (PAD, BOS, EOS, PAUSE, *WORDS, *CHARACTERS, *UNUSED)
"""(32,) tokens; a token's id is its place."""

TEMPLATE = (
    "{% set asked = namespace(last='') %}{% for message in messages %}"
    "{% if message['role'] == 'user' %}{% set asked.last = message['content'] %}{% endif %}"
    "{% endfor %}{{ bos_token + asked.last + '\\n' }}"
)
"""The reasoner knows no conversations: it goes on from the last question, and a line's end."""

IDS = {token: i for i, token in enumerate(VOCABULARY)}
NEWLINE = IDS["\n"]
PATTERN = re.compile("|".join(map(re.escape, (*WORDS, *CHARACTERS, *UNUSED))))


def encode(text: str) -> list[int]:
    """Return a text's ids.

    Raises:
        ValueError: it has a character that no token stands for.
    """
    found = PATTERN.findall(text)
    if "".join(found) != text:
        raise ValueError(f"the laboratory's tokens cannot write {text!r}")
    return [IDS[token] for token in found]


def decode(ids: Iterable[int]) -> str:
    """Return the text of ids, without the marks of beginning, end and padding."""
    return "".join(VOCABULARY[i] for i in ids if i > IDS[PAUSE])


def prompt_ids(question: str) -> list[int]:
    """Return what the reasoner goes on from."""
    return [IDS[BOS], *encode(f"{question}\n")]


def solution_ids(lines: Sequence[str]) -> list[int]:
    """Return the ids of a whole solution, its end included."""
    return [*encode("\n".join(lines)), IDS[EOS]]
