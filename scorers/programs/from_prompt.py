"""Public tests: the examples that a prompt shows of what a program is to do.

Read, never run: values are literals, or there is no test. Knows docstrings' `>>>` examples, lines
that assert, `f(1, 2) -> 3` and its kin, and the samples of contest problems.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from engines.conversation import Conversation
from scorers.programs.extract import code_of_prompt
from scorers.programs.samples import samples_of
from scorers.programs.source import defined, literal, parsed
from scorers.programs.tests import AnyTest, AssertTest, CallTest

MOST = 64
"""Tests of one prompt, at most."""
_LONGEST = 50_000
_LONGEST_CALL, _MOST_CALLS, _MOST_CLOSED = 1_000, 128, 40
"""Characters of a call and its value, calls that are read, and parentheses that may end one."""
_JSONS = {"true": "True", "false": "False", "null": "None"}
_ASSERT = re.compile(r"^[ \t]*(?:[-*>\d.]+[ \t]+)?`*(assert\b.*)$", re.MULTILINE)
_PROMPT = re.compile(r"^[ \t]*>>>[ \t]?(.*)$")
_MORE = re.compile(r"^[ \t]*\.\.\.[ \t]?(.*)$")
_GIVES = re.compile(
    r"[`'\"]*[ \t]*(?:#[ \t]*)?(?:=+>|==|->|→|➞"
    r"|(?:should |must |will )?(?:returns?|gives?|equals?)(?: to)?\b)[ \t:]*",
    re.IGNORECASE,
)


def asked(conversation: Conversation) -> str:
    """Return what the user said last; nothing, if that was never anything."""
    said = [m.content for m in conversation.messages if m.role == "user"]
    return said[-1] if said else ""


@lru_cache(maxsize=32)  # of one prompt they are asked for with each program
def public_tests(prompt_text: str) -> tuple[AnyTest, ...]:
    """Return the (T,) tests that a prompt shows, each once, in its order; none if it shows none.

    The samples of a contest problem only count where nothing is called.
    """
    text = prompt_text[:_LONGEST]
    calls = [*asserts_of(text), *islice(_doctests(text), _MOST_CALLS), *_arrows(text)]
    found = calls or samples_of(text)
    # Their JSON: a test with lists in it cannot be hashed.
    return tuple({test.model_dump_json(): test for test in found}.values())[:MOST]


def asserts_of(text: str) -> list[AnyTest]:
    """Return the assertions in a text, each of as many lines as it takes."""
    lines = text.split("\n")
    tests: list[AnyTest] = []
    for match in islice(_ASSERT.finditer(text), _MOST_CALLS):
        first = text.count("\n", 0, match.start(1))
        found = _statement([match[1], *lines[first + 1 : first + 40]])
        if found is not None:
            tests.append(found)
    return tests


def call_of(code: str) -> CallTest | None:
    """Return an assertion as a call and its value, where it is one with values JSON can say."""
    tree = parsed(code.strip())
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return None
    test = tree.body[0].test
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return None
    returns = literal(test.comparators[0]) if len(test.ops) == 1 else None
    return None if returns is None else _call(test.left, returns[0])


def arguments_of(node: ast.expr) -> tuple[str, tuple[object, ...]] | None:
    """Return the function and the values of a call that spells them out by place."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        return None
    values = [literal(argument) for argument in node.args]
    spelt = tuple(value[0] for value in values if value is not None)
    return (node.func.id, spelt) if len(spelt) == len(values) else None


def _statement(lines: list[str]) -> AnyTest | None:
    """Read an assertion of one line, or of those that close what it opens."""
    open_ = 0
    for end, line in enumerate(lines, 1):
        open_ += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        if end > 1 and open_ > 0:
            continue
        code = "\n".join(lines[:end]).rstrip().rstrip("`")
        tree = parsed(code)
        if tree is not None:
            calls = any(isinstance(node, ast.Call) for node in ast.walk(tree))
            return (call_of(code) or AssertTest(code=code)) if calls else None
        if open_ <= 0:
            return None
    return None


def _doctests(text: str) -> Iterator[AnyTest]:
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if not (match := _PROMPT.match(line)):
            continue
        source, end = [match[1]], i + 1
        while end < len(lines) and (more := _MORE.match(lines[end])):
            source.append(more[1])
            end += 1
        wanted = lines[end].strip() if end < len(lines) else ""
        code = "\n".join(source)
        if (test := _expected(code, wanted) or _equation(code, wanted)) is not None:
            yield test


def _equation(source: str, wanted: str) -> AnyTest | None:
    """Read an example that is an equation, which some write without its value."""
    return None if wanted == "False" else call_of(f"assert {source}")


def _arrows(text: str) -> Iterator[AnyTest]:
    """Give calls that a line says the value of, of the functions that the prompt's code defines."""
    names = defined(parsed(code_of_prompt(text))) or defined(
        parsed(f"{code_of_prompt(text).rstrip()}\n    pass")
    )
    if not names:
        return
    called = re.compile(rf"(?<![\w.>])(?:{'|'.join(map(re.escape, names))})\(")
    others = (">>>", "assert", "def ", "async def ")
    lines = (line for line in text.split("\n") if not line.strip().startswith(others))
    found = (line[m.start() :][:_LONGEST_CALL] for line in lines for m in called.finditer(line))
    yield from filter(None, map(_said, islice(found, _MOST_CALLS)))


def _said(text: str) -> AnyTest | None:
    """Read a call and, behind a sign for what it gives, a literal up to the end of the line."""
    closed = (i for i, character in enumerate(text, 1) if character == ")")
    for end in islice(closed, _MOST_CLOSED):
        tree = parsed(text[:end])
        if tree is None:
            continue
        gives = _GIVES.match(text, end)
        return None if gives is None else _expected(text[:end], text[gives.end() :])
    return None


def _expected(source: str, wanted: str) -> AnyTest | None:
    """Return the test that an expression has a value, if both are spelt out."""
    tree = parsed(source.strip())
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    node = tree.body[0].value
    if not isinstance(node, ast.Call) or not _spelt(node):
        return None
    value = _value(wanted)
    if value is None:
        return None
    returns, written = value
    if (test := _call(node, returns)) is not None:
        return test
    return AssertTest(code=f"assert {ast.unparse(node)} == {written}")


def _spelt(node: ast.Call) -> bool:
    """Whether a call is of a name, and all its arguments are literals."""
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    return isinstance(node.func, ast.Name) and all(map(literal, arguments))


def _value(wanted: str) -> tuple[object, str] | None:
    """Return a literal at the start of a text, and its source, if nothing but its end follows."""
    text = wanted.strip().strip("`").strip()
    text = _JSONS.get(text.rstrip(".,;"), text)
    for candidate in (text, text.rstrip(".,;`"), re.split(r"\s+(?:#|//)", text)[0]):
        tree = parsed(candidate)
        if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
            continue
        if (value := literal(tree.body[0].value)) is not None:
            return value[0], candidate
    return None


def _call(node: ast.expr, returns: object) -> CallTest | None:
    called = arguments_of(node)
    if called is None or not spoken_in_json((*called[1], returns)):
        return None
    return CallTest.model_validate(
        {"function": called[0], "arguments": called[1], "returns": returns}
    )


def spoken_in_json(values: object, depth: int = 0) -> bool:
    """Say whether JSON has all of (N,) values: no tuples, sets, or keys but strings in them."""
    if (isinstance(values, tuple) and depth == 0) or isinstance(values, list):
        return all(spoken_in_json(value, depth + 1) for value in values)
    if isinstance(values, dict):
        return all(isinstance(k, str) and spoken_in_json(v, depth + 1) for k, v in values.items())
    return values is None or isinstance(values, bool | int | float | str)
