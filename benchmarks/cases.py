"""What is measured: raw calls, and the searches that stand in front of them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from benchmarks.answers import MODEL, STEP_TOKENS, STEPS

Server: TypeAlias = Literal["backend", "ids", "text"]
"""The backend itself, or a Fathom in front of it that goes by token ids, or by text."""

_WIDTH = 4
_NUMBER = "00000000"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request. `floor` is how many calls must wait for each other to answer it."""

    name: str
    server: Server
    request: dict[str, Any]
    floor: int
    drawn: int

    def bodies(self, numbers: Iterator[int]) -> Callable[[], bytes]:
        """Return what writes the next request: no two ask the same, so nothing is remembered."""
        before, after = json.dumps(self.request).encode().split(_NUMBER.encode())
        return lambda: b"%b%08d%b" % (before, next(numbers), after)

    def check(self, answer: bytes) -> None:
        """Return if an answer is the whole search that was asked for.

        Raises:
            ValueError: it is not, and its figures would say nothing.
        """
        told = json.loads(answer)
        stop = told.get("search", {"stop": "finished"})["stop"]
        tokens, content = told["usage"]["completion_tokens"], told["choices"][0]["message"]
        if (stop, tokens) != ("finished", self.drawn) or not content["content"]:
            raise ValueError(f"{self.name} was answered by {answer.decode()}")


def cases(n: int) -> list[Case]:
    """Return the raw call and the searches, for `n` samples each."""
    whole, step = n * STEPS * STEP_TOKENS, n * STEP_TOKENS
    majority = {"strategy": {"kind": "majority", "n": n}}
    best = {"strategy": {"kind": "best_of_n", "n": n}, "scorer": "confidence"}
    beams = {"kind": "beam_search", "n": n, "width": _WIDTH}
    beam = {"strategy": beams, "scorer": "prm"}
    return [
        Case("raw call", "backend", _chat(MODEL) | {"n": n}, 1, whole),
        Case("majority, ids", "ids", _chat("fathom") | {"search": majority}, 1, whole),
        Case("majority, text", "text", _chat("fathom") | {"search": majority}, 1, whole),
        Case("best_of_n, ids", "ids", _chat("fathom") | {"search": best}, 1, whole),
        Case(
            "beam_search, ids", "ids", _chat("fathom") | {"search": beam}, 2 * STEPS, step * STEPS
        ),
    ]


def streamed(n: int) -> Case:
    """Return a streamed search of which nothing can be shown until the backend answers."""
    best = {"strategy": {"kind": "best_of_n", "n": n}, "scorer": "confidence"}
    asked = _chat("fathom") | {"search": best, "stream": True}
    return Case("best_of_n, streamed", "ids", asked, 1, n * STEPS * STEP_TOKENS)


def _chat(model: str) -> dict[str, Any]:
    question = f"What is 2 + 2? This is question {_NUMBER}."
    return {"model": model, "messages": [{"role": "user", "content": question}]}
