"""Fenced blocks of code in a text, those that were cut off or never opened among them."""

import re
from dataclasses import dataclass

from scorers.programs.source import defined, parsed

_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+#.-]*)[^`]*")
_PYTHON = frozenset({"python", "python3", "py", "python2", "pycon"})


@dataclass(slots=True)
class _Block:
    mark: str
    language: str
    code: list[str]


def blocks_of(text: str) -> list[str]:
    """Return the fenced blocks that are Python, or else those that do not say what they are.

    A fence with a language opens a block, whatever is open. An open one without a language then
    was the end of one that nothing opened: what stands before it is a block, if it defines
    something. The last may have no end.
    """
    found: list[_Block] = []
    outside: list[str] = []
    block: _Block | None = None
    for line in text.split("\n"):
        fence = _FENCE.fullmatch(line)
        if block is None:
            outside, block = (outside, _opened(fence)) if fence else ([*outside, line], None)
        elif fence is None or not fence["mark"].startswith(block.mark):
            block.code.append(line)
        else:
            found.append(block if block.language or not fence["language"] else _before(outside))
            block, outside = (_opened(fence) if fence["language"] else None), []
    found += [block] if block else []
    return _python(found)


def _python(found: list[_Block]) -> list[str]:
    told = [(block.language, "".join(f"{line}\n" for line in block.code)) for block in found]
    python = [code for language, code in told if language in _PYTHON]
    return python or [code for language, code in told if not language]


def _opened(fence: re.Match[str]) -> _Block:
    return _Block(fence["mark"], fence["language"].lower(), [])


def _before(outside: list[str]) -> _Block:
    """Return what stands before a fence that ended it, if it is code."""
    code = defined(parsed("\n".join(outside)))
    return _Block("", "python" if code else "text", outside)
