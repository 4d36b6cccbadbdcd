"""The examples in a Markdown file, and where they stand."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from typing_extensions import override

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to try: a command with its words, or a whole program of another language."""

    language: str
    text: str
    line: int

    @property
    def words(self) -> list[str]:
        """The words of a command, however many lines it has, without its comment."""
        return shlex.split(self.text.replace("\\\n", ""), comments=True)

    @property
    def command(self) -> list[str]:
        """The words without `uv run`."""
        return self.words[2:] if self.words[:2] == ["uv", "run"] else self.words

    @override
    def __str__(self) -> str:
        first = self.text.strip().partition("\n")[0]
        return f"README.md:{self.line} ({self.language}) {first}"


def examples(markdown: str) -> Iterator[Example]:
    """Give every example, the commands of a shell block one by one."""
    for block in _FENCE.finditer(markdown):
        language, text = block[1], block[2]
        line = markdown.count("\n", 0, block.start()) + 2
        if language == "sh":
            yield from _commands(text, line)
        elif language:
            yield Example(language, text, line)


def _commands(text: str, line: int) -> Iterator[Example]:
    """Cut a shell block where a line ends outside of quotes and without a backslash."""
    kept: list[str] = []
    for number, piece in enumerate(text.splitlines(), line):
        kept.append(piece)
        if piece.endswith("\\") or not _closed("\n".join(kept)):
            continue
        command = Example("sh", "\n".join(kept), number - len(kept) + 1)
        kept = []
        if command.words:
            yield command
    if kept:
        raise ValueError(f"README.md:{line}: a quote is not closed")


def _closed(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return True
