"""The program in an answer: what of it is to be run.

Knows how models write programs down: in fences, in several, in one that was cut off, without any,
or as the body of a function whose head the prompt gives.
"""

import re
from collections.abc import Sequence

from scorers.programs.fences import blocks_of
from scorers.programs.source import defined, longest_start, only_defines, parsed

_STARTS = re.compile(
    r"(?:async def|def|class|import|from|if __name__)\b|@\w|#!|[A-Za-z_]\w*\s*=[^=]"
)
_MOST_LINES = 2_000


def program_of(answer: str, prompt_text: str) -> str | None:
    """Return the program that an answer to a prompt holds; `None` if it holds none.

    Of fenced blocks, those of Python or else of no language: the last that defines a function or
    class, or else the last, behind those before it that only define, too. Without a fence, the
    answer itself; or, where the prompt ends with the head of a function, prompt and answer
    together; or the lines of it that are Python. In front of a program goes the code of the
    prompt, where that only defines: imports and functions that the answer may call.

    Args:
        answer: what the model said, without its thinking.
        prompt_text: what it was asked last.
    """
    given = code_of_prompt(prompt_text)
    blocks = blocks_of(answer)
    found = _of_blocks(blocks, given) if blocks else _unfenced(answer, given)
    return None if found is None or not found.strip() else found


def code_of_prompt(prompt_text: str) -> str:
    """Return the code in a prompt that the answer goes with: nothing, if it shows none."""
    if parsed(prompt_text) is not None and defined(parsed(prompt_text)):
        return prompt_text
    if _head(prompt_text):
        return prompt_text
    shown = [block for block in blocks_of(prompt_text) if defined(parsed(block)) or _head(block)]
    return shown[-1] if shown else ""


def _head(code: str) -> bool:
    """Say whether a text is code that ends with the head of a function, to be continued."""
    return parsed(code) is None and bool(defined(parsed(f"{code.rstrip()}\n    pass\n")))


def _of_blocks(blocks: Sequence[str], given: str) -> str | None:
    trees = [parsed(block) for block in blocks]
    defining = [i for i, tree in enumerate(trees) if defined(tree)]
    whole = [i for i, tree in enumerate(trees) if tree is not None and tree.body]
    if not whole:
        return _continued(blocks[-1], given) or blocks[-1]
    last = (defining or whole)[-1]
    before = [blocks[i] for i in whole if i < last and only_defines(trees[i])]
    return _behind(given, "\n\n".join((*before, blocks[last])))


def _unfenced(answer: str, given: str) -> str | None:
    tree = parsed(answer)
    if tree is not None and (defined(tree) or not given):
        return _behind(given, answer)
    # A body whose first indentation was stripped comes last: any word could be one.
    return (
        _continued(answer, given)
        or _among_words(answer, given)
        or _continued(f"    {answer}", given)
    )


def _continued(body: str, given: str) -> str | None:
    """Return the prompt's code with the body of its last function, cut where it stops to parse."""
    if not given or not re.match(r"\s", body):
        return None
    head = given.rstrip().split("\n")
    body = body.lstrip("\n").rstrip()
    return longest_start([*head, *body.split("\n")[:_MOST_LINES]], len(head) + 1)


def _among_words(answer: str, given: str) -> str | None:
    """Return the lines of a text from the first that looks like Python, as far as they parse."""
    lines = answer.split("\n")[:_MOST_LINES]
    starts = [i for i, line in enumerate(lines) if _STARTS.match(line)][:5]
    for start in starts:
        found = longest_start(lines[start:])
        if found is not None and defined(parsed(found)):
            return _behind(given, found)
    return None


def _behind(given: str, program: str) -> str:
    """Put a program behind the code that the prompt gives, if the two go together."""
    tree = parsed(given)
    if not only_defines(tree) or "from __future__" in program:
        return program
    return f"{given.rstrip()}\n\n\n{program}" if defined(tree) else program
