"""A model that thinks before it answers, for searches."""

from dataclasses import replace

from engines.base import Request
from engines.fake import FakeEngine
from engines.thinking import Thinking

CLOSED, OPENED = Thinking(), Thinking(opened=True)


def ponder(request: Request, i: int) -> str:
    """Think of a wrong answer in a step and a half, then say "a a" or "b b" and answer so."""
    word = "ab"[(request.seed >> i) % 2]
    before, ended, said = request.text.partition("</think>")
    answer = ("" if "\n\n" in said.lstrip() else f"{word} {word}\n\n") + f"Answer: {word}"
    if ended:
        return answer
    begun = "" if before or request.prompt.thinking == OPENED else "<think> "
    thought = "" if "\n\n" in before else "hm Answer: no\n\n"
    return f"{begun}{thought}hm </think> {answer}"


def thinker(reply=ponder, thinking: Thinking | None = CLOSED) -> FakeEngine:
    able = FakeEngine(reply).capabilities
    able = replace(able, thinking=thinking, caps_thinking=thinking is not None)
    return FakeEngine(reply, capabilities=able)
