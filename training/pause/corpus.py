"""Texts to pre-train on, and how they are packed into rows of one length. Knows no torch.

A file is one text, or lines of JSON, a text each: {"text": "Once upon a time ..."}.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_LINES = (".jsonl", ".json", ".ndjson")
_SHORTEST = 3
"""Tokens of a row from which something is learnt, wherever pauses are put."""


class CorpusError(Exception):
    """A file of texts cannot be read: `path`, and `line` in it if it is one line's."""

    def __init__(self, path: Path, line: int | None, what: str) -> None:
        super().__init__(f"{path}{f', line {line}' if line else ''}: {what}")
        self.path, self.line = path, line


def read_texts(path: Path) -> Iterator[str]:
    """Read texts one by one, in the file's order; blank lines and empty texts are skipped.

    Raises:
        CorpusError: the file cannot be read, or a line has no text.
    """
    try:
        if path.suffix not in _LINES:
            yield from filter(str.strip, [path.read_text(encoding="utf-8")])
            return
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from filter(str.strip, [_text(path, number, line)])
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(path, None, str(error)) from error


def packed(texts: Iterable[Sequence[int]], end: int, length: int) -> Iterator[tuple[int, ...]]:
    """Put texts one behind the other, each with its end, and cut that into rows of one length.

    A text goes on in the next row. The last row is what is left over, if that is three tokens.
    """
    waiting: list[int] = []
    for ids in texts:
        waiting += ids if ids[-1:] == [end] else [*ids, end]
        whole = len(waiting) // length * length
        yield from (tuple(waiting[at : at + length]) for at in range(0, whole, length))
        del waiting[:whole]
    if len(waiting) >= _SHORTEST:
        yield tuple(waiting)


def _text(path: Path, number: int, line: str) -> str:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise CorpusError(path, number, f"is not JSON: {error}") from error
    text = row.get("text") if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise CorpusError(path, number, "has no text as `text`")
    return text
