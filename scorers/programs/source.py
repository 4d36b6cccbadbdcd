"""Python source that is read and never run: what parses, and what it defines."""

import ast
import warnings
from collections.abc import Sequence

LONGEST = 200_000
"""Characters of source that are looked at."""

_TRIES = 50
_DEFINING = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def parsed(source: str) -> ast.Module | None:
    """Return the tree of a source; `None` if it has none, or is too long or too deep."""
    tree = _tree(source)
    return tree if isinstance(tree, ast.Module) else None


def literal(node: ast.expr) -> tuple[object] | None:
    """Return the value that an expression spells out, in a tuple; `None` if it computes one."""
    try:
        return (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def defined(tree: ast.Module | None) -> list[str]:
    """Return the functions and classes that a tree defines at its top."""
    return [] if tree is None else [n.name for n in tree.body if isinstance(n, _DEFINITIONS)]


def only_defines(tree: ast.Module | None) -> bool:
    """Say whether running a source would do nothing but define names, and read nothing."""
    if tree is None or not all(isinstance(n, _DEFINING) or _said(n) for n in tree.body):
        return False
    assigned = (n for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign))
    return not any(_reads(node) for n in assigned for node in ast.walk(n))


def longest_start(lines: Sequence[str], least: int = 1) -> str | None:
    """Return as many of (L,) lines as parse together; `None` if not even the `least` do."""
    end = len(lines)
    for _ in range(_TRIES):
        if end < least:
            return None
        tree = _tree("\n".join(lines[:end]))
        if isinstance(tree, ast.Module):
            return "\n".join(lines[:end])
        # What is wrong with a line is wrong with every start that has it.
        end = min(end, tree) - 1
    return None


def _tree(source: str) -> ast.Module | int:
    """Return the tree of a source, or the line that is wrong with it; 0 for all of it."""
    if len(source) > LONGEST:
        return 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        return error.lineno or 0
    except (ValueError, MemoryError, RecursionError):
        return 0


def _reads(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in ("input", "open", "stdin")
    return isinstance(node, ast.Attribute) and node.attr == "stdin"


def _said(node: ast.stmt) -> bool:
    """Whether a statement is a bare constant, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
