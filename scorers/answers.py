"""Final answers: what a solution says the answer is, and which solutions say the same.

Knows how answers are written, not what they mean: `scorers.equality` compares them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import Annotated, Literal, Protocol, TypeAlias

import re2  # type: ignore[import-untyped]  # ships no type information
from pydantic import AfterValidator

from scorers.base import ScorerError
from scorers.lets_verify import is_prose

Kind: TypeAlias = Literal["pattern", "boxed", "marked", "hashes", "choice", "number", "short"]

TAIL = 20_000
"""Characters from the end of a text that are looked at: an answer comes last."""

SHORT = 64
"""Characters of the longest line that can be an answer without saying so."""

PATTERN_LENGTH = 200
"""Characters of the longest pattern a caller may give."""

# RE2 searches in linear time, but a search per match is quadratic: hence three bounds, of which
# processor time alone depends on the machine, and is only met by patterns made for it.
_PROGRAM_SIZE, _MEMORY_BYTES, _SECONDS = 1_500, 1 << 20, 0.05

_BRACES = re.compile(
    r"(?P<box>\\(?:boxed|fbox)\s*)?\{|\}|\\(?:boxed|fbox)\s*(?P<bare>[^\sa-zA-Z{}$][^\s{}$]*)|\\.",
)
_MARK = re.compile(r"\banswer[*_]*(?:\s*:|\s+is\b\s*:?)[\s*_]*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.(?=\s|$)|\n")
_OPTION = re.compile(r"\(([A-J])\)(?!\w)|([A-J])(?:[).:](?=\s|$)|$)")
_HASHES = re.compile(r"^####[ \t]*(\S.*)$", re.MULTILINE)
_LETTER_LINE = re.compile(r"[*_\s]*\(?([A-J])[).:]?[.*_\s]*")
_CHOICE = re.compile(r"(?<![\w)])\(([A-J])\)(?!\w)")
_NUMBER = re.compile(
    r"(?:(?<![\w.)\]}])[-\u2212])?\\?[$€£¥]?"
    r"(?:(?<![\w.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\w.])\.\d+)"
    r"(?: ?/ ?\d+)?(?: ?\\?%)?"
    r"|-?\\[dt]?frac\{-?\d+\}\{\d+\}"
)
_OPERATOR = re.compile(r"^[^=]*[-+*/^(\\][^=]*$")
_LONE_WORD = re.compile(r"(?<!\\)\b[A-Za-z]{2,}\b")


@dataclass(frozen=True, slots=True)
class Answers:
    """The final answers of (N,) texts, and which of them are equal.

    `texts[i]` is the answer of text i, `None` if it has none. `groups[i]` numbers the group of
    equal answers it belongs to, from 0 in the order first seen; `None` if it has no answer.
    """

    texts: tuple[str | None, ...]
    groups: tuple[int | None, ...]


class Grader(Protocol):
    """Finds final answers and compares them."""

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        """Find the final answers of (N,) texts and group the equal ones.

        Raises:
            BadPattern: the pattern cannot be used.
        """
        ...

    async def equal(self, truth: str, given: str) -> bool:
        """Say whether the answer `given` equals the true one."""
        ...


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """An answer as a text has it, and what shows that it is one."""

    text: str
    kind: Kind


class BadPattern(ScorerError, ValueError):
    """A caller's regular expression that is wrong, or too much work.

    Also a `ValueError`, which validators of requests let pass.
    """

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(f"the pattern for answers cannot be used: {reason}")
        self.pattern = pattern
        self.reason = reason


def final_answer(text: str, pattern: str | None = None) -> FinalAnswer | None:
    r"""Find what a text gives as its answer, in its last `TAIL` characters.

    With a pattern, its last match: the first group if it has one. Else, in this order, the last
    `\boxed{}`; "Answer:" or "the answer is"; `####`; a choice such as (B); a line that is a
    formula; the last number; a short line. Longer text has no answer.

    Raises:
        BadPattern: the pattern cannot be used.
    """
    tail = text[-TAIL:].strip()
    if pattern is not None:
        found = _matched(tail, pattern)
        return FinalAnswer(found, "pattern") if found else None
    for kind, find in _FINDERS:
        if found := find(tail):
            return FinalAnswer(found, kind)
    return None


def check_pattern(pattern: str) -> None:
    """Return if a pattern can be used to find answers; its syntax is RE2's.

    Raises:
        BadPattern: it can not.
    """
    compiled(pattern)


def _checked(pattern: str) -> str:
    check_pattern(pattern)
    return pattern


Pattern: TypeAlias = Annotated[str, AfterValidator(_checked)]
"""A pattern in the configuration: one that can be used."""


def compiled(pattern: str) -> re2._Regexp:
    """Return a pattern ready to be searched for in text that is valid UTF-8.

    Raises:
        BadPattern: the pattern cannot be used.
    """
    if len(pattern) > PATTERN_LENGTH:
        raise BadPattern(pattern, f"it is longer than {PATTERN_LENGTH} characters")
    options = re2.Options()
    options.log_errors, options.max_mem = False, _MEMORY_BYTES
    try:
        program = re2.compile(pattern, options)
    except re2.error as error:
        raise BadPattern(pattern, error.args[0].decode(errors="replace")) from error
    except UnicodeEncodeError as error:
        raise BadPattern(pattern, "it is not valid text") from error
    if max(program.programsize, program.reverseprogramsize) > _PROGRAM_SIZE:
        raise BadPattern(pattern, "it is too complicated")
    return program


def _matched(tail: str, pattern: str) -> str | None:
    program, found = compiled(pattern), None
    end = thread_time() + _SECONDS
    for match in program.finditer(tail.encode(errors="replace").decode()):
        found = match
        if thread_time() > end:
            raise BadPattern(pattern, "it takes too long")
    if found is None:
        return None
    return (found.group(1 if program.groups else 0) or "").strip()


def _boxed(tail: str) -> str | None:
    """Return the content of the last box that is closed, the outer one of nested boxes."""
    content = None
    opened: list[int | None] = []
    for token in _BRACES.finditer(tail):
        if token["bare"]:
            content = token["bare"].rstrip(".,;:")
        elif token[0].endswith("{") and not token[0].startswith("\\{"):
            opened.append(token.end() if token["box"] else None)
        elif token[0] == "}" and opened and (start := opened.pop()) is not None:
            content = tail[start : token.start()].strip() or content
    return content


def _marked(tail: str) -> str | None:
    marks = list(_MARK.finditer(tail))
    if not marks:
        return None
    said = _SENTENCE_END.split(tail[marks[-1].end() :], maxsplit=1)[0].strip(" \t*_`.,;:")
    option = _OPTION.match(said)
    return (option[1] or option[2]) if option else said


def _hashes(tail: str) -> str | None:
    r"""Return what follows the last `####`, unless that is a heading: no number, not at the end."""
    marks = list(_HASHES.finditer(tail))
    if not marks:
        return None
    said = marks[-1][1].strip()
    return said if marks[-1].end() == len(tail) or _NUMBER.match(said) else None


def _choice(tail: str) -> str | None:
    line = _LETTER_LINE.fullmatch(tail[tail.rfind("\n") + 1 :])
    choices = [line[1]] if line else _CHOICE.findall(tail)
    return choices[-1] if choices else None


def _number(tail: str) -> str | None:
    numbers = _NUMBER.findall(tail)
    return re.sub(r"[,$€£¥%\s]|\\(?=[$%])", "", numbers[-1]) if numbers else None


def _formula(tail: str) -> str | None:
    line = _short(tail)
    if line is None or _NUMBER.fullmatch(line) or not _OPERATOR.search(line):
        return None
    return None if _LONE_WORD.search(line) or is_prose(line) else line


def _short(tail: str) -> str | None:
    return tail if len(tail) <= SHORT and "\n" not in tail else None


_FINDERS: tuple[tuple[Kind, Callable[[str], str | None]], ...] = (
    ("boxed", _boxed),
    ("marked", _marked),
    ("hashes", _hashes),
    ("choice", _choice),
    ("short", _formula),
    ("number", _number),
    ("short", _short),
)
