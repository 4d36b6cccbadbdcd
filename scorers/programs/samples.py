"""The samples of contest problems: what a program reads, and what it is to print.

A heading "Input" counts where it says "sample" or "example", stands below a heading that does, or
has its text in a fence; without that it may as well head the description of the input.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from scorers.programs.tests import AnyTest, StdioTest

_HEADING = re.compile(
    r"^[\s#*_>\-=]*(?P<sample>(?:sample|example)s?[\s:]*)?(?P<name>input|output)s?"
    r"(?:[\s:]+(?P<after>sample|example)s?)?[\s#:]*(?:case\s*)?\d*[\s:*_.\-=]*$",
    re.IGNORECASE,
)
_SAMPLES = re.compile(
    r"^[\s#*_>\-=]*(?:samples?|examples?)(?:\s+(?:tests?|cases?))?[\s#:]*\d*[\s:*_.\-=]*$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"^[\s#*_>\-=]*(?:note|notes|explanation|constraints|scoring|hint|hints|remarks?|limits?|"
    r"sample \d+ explanation|explanation \d+)\b[^a-z]*$",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    text: str


def samples_of(text: str) -> list[AnyTest]:
    """Return the samples in a text: each input that an output follows at once."""
    sections = _sections(text.split("\n"))
    return [
        StdioTest(stdin=first.text, stdout=second.text)
        for first, second in pairwise(sections)
        if (first.name, second.name) == ("input", "output") and second.text.strip()
    ]


def _sections(lines: list[str]) -> list[_Section]:
    """Return the sections headed as the input or output of a sample, in order."""
    found: list[_Section] = []
    below = False
    for i, line in enumerate(lines):
        below = below or bool(_SAMPLES.match(line))
        heading = _HEADING.match(line)
        if heading is None:
            continue
        text = _fenced(lines, i + 1)
        if text is None and (below or heading["sample"] or heading["after"]):
            text = _plain(lines, i + 1)
        if text is not None:
            found.append(_Section(heading["name"].lower(), text))
    return found


def _fenced(lines: list[str], start: int) -> str | None:
    """Return the fenced text that begins here, past blank lines; `None` if none does."""
    while start < len(lines) and not lines[start].strip():
        start += 1
    opened = _FENCE.match(lines[start]) if start < len(lines) else None
    if opened is None:
        return None
    end = start + 1
    while end < len(lines) and not lines[end].strip().startswith(opened[1]):
        end += 1
    return "".join(f"{line}\n" for line in lines[start + 1 : end])


def _plain(lines: list[str], start: int) -> str:
    """Return the text up to the next heading, or the first blank line behind some."""
    while start < len(lines) and not lines[start].strip():
        start += 1
    end = start
    while end < len(lines) and lines[end].strip() and not _ends(lines[end]):
        end += 1
    return "".join(f"{line}\n" for line in lines[start:end])


def _ends(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_HEADING, _SAMPLES, _OTHER, _FENCE))
