"""What an example must show to be right, or why it is not."""

from collections.abc import Container
from math import inf
from typing import Any

STOPS = ("finished", "budget", "deadline")


class Wrong(Exception):
    """An example does not do what the README says; `str` is like a diff."""

    def __init__(self, expected: object, found: object) -> None:
        super().__init__(f"  - expected: {expected}\n  + found:    {found}")


def equal(expected: object, found: object) -> None:
    """Return if the two are equal.

    Raises:
        Wrong: they are not.
    """
    if expected != found:
        raise Wrong(expected, found)


def among(found: object, those: Container[object], what: str) -> None:
    """Return if something is one of those.

    Raises:
        Wrong: it is not.
    """
    if found not in those:
        raise Wrong(what, found)


def true(fact: object, expected: str, found: object) -> None:
    """Return if a fact is one.

    Raises:
        Wrong: it is not.
    """
    if not fact:
        raise Wrong(expected, found)


def completion(answer: dict[str, Any], asked: dict[str, Any]) -> None:
    """Return if a chat completion holds an answer that was found within its budget.

    Raises:
        Wrong: it does not.
    """
    true("search" in answer, "a completion with `search`", answer)
    search, told = answer["search"], asked.get("search", {})
    limit = told.get("budget", {}).get("tokens", inf)
    true(answer["choices"][0]["message"]["content"].strip(), "an answer", answer)
    among(search["stop"], STOPS, f"`search.stop` to be one of {STOPS}")
    drawn = answer["usage"]["completion_tokens"]
    judged = search["spent"]["verifier"]["completion_tokens"]
    true(0 < drawn + judged <= limit, f"1 to {limit} tokens", drawn + judged)
    kind = told.get("strategy", search["strategy"]["kind"])
    equal(kind if isinstance(kind, str) else kind["kind"], search["strategy"]["kind"])


def plan(planned: dict[str, Any], asked: dict[str, Any]) -> None:
    """Return if a plan says what is done in each bin of difficulty, and has cost nothing.

    Raises:
        Wrong: it does not.
    """
    equal("search.plan", planned.get("object"))
    equal(asked["search"]["strategy"], planned["requested"]["kind"])
    equal(asked["search"]["budget"], planned["budget"])
    true(planned["by_bin"], "what is done in each bin", planned)
    equal(0, planned["spent"]["generator"]["calls"])
