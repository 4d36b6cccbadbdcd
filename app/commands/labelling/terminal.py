"""A terminal at which a person rates: what is shown there, and what is typed.

Solutions are a model's words, so that nothing in them is taken for an instruction to the terminal.
"""

import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import typer
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from training.label.sheet import Key, Sheet

_SAVE: Final = ""
_QUIT: Final = "q"
_MEANINGS: dict[str, str] = {
    "+": "right",
    "0": "neutral",
    "-": "wrong",
    "u": "undo",
    "b": "bad problem",
    "g": "give up",
    _SAVE: "enter saves",
    _QUIT: "quit",
}
_STYLES = {1: ("+", "green"), 0: ("0", "yellow"), -1: ("-", "red")}
_DONE = {
    "found_error": "An error was found, so this solution is done.",
    "solution": "Every step is rated, so this solution is done.",
    "bad_problem": "The problem is marked as bad.",
    "give_up": "This solution is given up.",
}


def _ask(question: str) -> str:
    typer.echo(f"{question} ", err=True, nl=False)
    typed = sys.stdin.readline()
    if not typed:
        raise typer.Abort
    return typed.strip()


@dataclass(frozen=True, slots=True)
class Terminal:
    """Shows sheets, and asks for keys: on standard error, and from standard input."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    ask: Callable[[str], str] = _ask

    def rate(self, sheet: Sheet, place: str) -> Sheet | None:
        """Have a solution rated to its end; `None` if the person would rather leave.

        Raises:
            Abort: there is nothing more to read.
        """
        self._begin(sheet, place)
        while True:
            self._show(sheet)
            key = self._key(sheet)
            if key == _QUIT:
                return None
            if key == _SAVE:
                return sheet
            sheet = sheet.after(key)

    def _begin(self, sheet: Sheet, place: str) -> None:
        self.console.print(Rule(place))
        self._print("Question", sheet.example.question)
        if sheet.example.truth is not None:
            self._print("Answer known to be right", sheet.example.truth)

    def _show(self, sheet: Sheet) -> None:
        """Show where the person is: what was rated last, and what is to be rated now."""
        rated = len(sheet.ratings)
        if rated:
            mark, style = _STYLES[sheet.ratings[-1]]
            self.console.print(Text(f"  step {rated} is {mark}", style))
        if sheet.finish is not None:
            self.console.print(_DONE[sheet.finish])
        elif sheet.contradicted:
            self.console.print("The final answer is wrong, so one of the steps must be: undo.")
        else:
            self._print(f"Step {rated + 1}", sheet.example.steps[rated])

    def _key(self, sheet: Sheet) -> Key | Literal["", "q"]:
        keys: tuple[Key | Literal["", "q"], ...] = (*sheet.keys, _QUIT)
        if sheet.finish is not None:
            keys = (_SAVE, *keys)
        question = f"[{', '.join(f'{key} {_MEANINGS[key]}'.strip() for key in keys)}]"
        while True:
            typed = self.ask(question)
            for key in keys:
                if typed == key:
                    return key
            self.console.print(Text(f"{typed!r} is not one of them"))

    def _print(self, title: str, text: str) -> None:
        self.console.print(Text(title, "bold"))
        self.console.print(Text(printable(text)))


def printable(text: str) -> str:
    """Return a text in which every control character can be seen, and none has an effect."""
    return "".join(ascii(c)[1:-1] if _controls(c) else c for c in text)


def _controls(character: str) -> bool:
    return unicodedata.category(character).startswith("C") and character not in "\n\t"
