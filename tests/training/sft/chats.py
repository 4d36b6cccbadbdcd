"""A model's templates without the model: every letter is a token, and so are the marks."""

import re

from training.sft.chat import Chat, Turn

MARKS = {"<s>": 1, "</s>": 2, "<|end|>": 3, "<think>": 4}
PARTS = re.compile("|".join(map(re.escape, MARKS)) + r"|\n\n|.", re.DOTALL)


def tokenize(text: str, special: bool) -> tuple[int, ...]:
    """Two line breaks are one token: where texts meet, they may be joined."""
    words = {**MARKS, "\n\n": 5}
    return tuple(words.get(part, 10 + ord(part[0])) for part in PARTS.findall(text))


def text(ids: tuple[int, ...]) -> str:
    words = {number: mark for mark, number in MARKS.items()} | {5: "\n\n"}
    return "".join(words.get(number, chr(max(0, number - 10))) for number in ids)


def chat(before: str = "{role}\n", after: str = "<|end|>\n", lead: str = "", eos=2) -> Chat:
    """Turns are between these; `lead` is before a response, and not in what asks for it."""

    def write(turns: list[Turn], asking: bool) -> str:
        said = [
            before.format(role=t["role"])
            + (lead if t["role"] == "assistant" else "")
            + t["content"].strip(" ")
            + after
            for t in turns
        ]
        return "<s>" + "".join(said) + (before.format(role="assistant") if asking else "")

    return Chat(write, tokenize, MARKS, eos)
