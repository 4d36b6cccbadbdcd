"""Classes that other packages have installed beside this one, found by their entry points.

Knows how they are declared and what makes one usable, not what they are for.
"""

import re
from collections.abc import Callable, Container
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract
from typing import TypeVar, get_args

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)

_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What importing somebody's module can raise by mistake."""


class PluginError(Exception):
    """A package that is installed declares what cannot be used, and why."""

    def __init__(self, entry: EntryPoint, why: str) -> None:
        owner = f" of {entry.dist.name}" if entry.dist else ""
        super().__init__(
            f"the plug-in `{entry.name} = {entry.value}`{owner}, in {entry.group}, cannot be used: "
            f"{why}; mend or uninstall it"
        )


def installed(
    group: str,
    base: type[T],
    taken: Container[str],
    fault: Callable[[type[T]], str | None] = lambda _: None,
) -> dict[str, type[T]]:
    """Return the subclasses of `base` that packages declare in an entry-point group, by kind.

    Args:
        group: the entry points' group.
        base: what they must be subclasses of, with a field `kind` that is a literal.
        taken: kinds that they cannot have.
        fault: says what else is wrong with a class, if anything.

    Raises:
        PluginError: one of them cannot be used.
    """
    found: dict[str, type[T]] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        cls = _loaded(entry, base)
        if entry.name in taken or entry.name in found:
            raise PluginError(entry, f"there is another `{entry.name}`")
        why = _fault(entry, cls) or fault(cls)
        if why:
            raise PluginError(entry, why)
        found[entry.name] = cls
    return found


def _loaded(entry: EntryPoint, base: type[T]) -> type[T]:
    try:
        cls = entry.load()
    except _FAULTS as error:
        said = " ".join(str(error).split())
        raise PluginError(entry, f"{type(error).__name__}: {said}") from error
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise PluginError(entry, f"it is no subclass of {base.__module__}.{base.__name__}")
    return cls


def _fault(entry: EntryPoint, cls: type[BaseModel]) -> str | None:
    kind = cls.model_fields["kind"]
    if get_args(kind.annotation) != (entry.name,) or kind.default != entry.name:
        name = entry.name
        return f'its `kind` is not declared as `kind: Literal["{name}"] = "{name}"`'
    if not _KIND.fullmatch(entry.name):
        return "a kind is lower-case letters, digits and underscores"
    if isabstract(cls):
        return f"it does not define {', '.join(sorted(cls.__abstractmethods__))}"
    return None
