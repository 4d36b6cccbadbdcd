"""What is said to the model to have programs thought about, planned, written, tested and described.

Source: the roles are those of PlanSearch, arXiv:2409.03733, appendix, of self-debugging,
arXiv:2304.05128, and of backtranslation, arXiv:2409.03733, section 6; the words are ours. A request
has its own system prompt, or none, so the expert speaks in a turn of the model's own: turns then
alternate, which some chat templates insist on.
"""

from collections.abc import Sequence

from engines.conversation import Message

VERSION = 1
"""Goes up with every change of these texts: what they lead to is not to be compared."""

READY = "I have read the problem with the eyes of an expert Python programmer. What comes first?"

PROGRAM = (
    "Write the complete solution as one Python program in one fenced block that begins with "
    "```python. Keep the names, signatures, input and output that the problem asks for; if it asks "
    "for none, read standard input and write to standard output."
)
CODE = f"Solve the problem. {PROGRAM}"

FIRST = (
    "Do not solve the problem and write no code yet. Make {n} observations on it: short hints that "
    "are correct, useful for a solution and not obvious. Be creative, and go beyond what comes to "
    "mind first. Before each observation, reason towards it in a paragraph or two."
)
SECOND = {
    0: "No earlier observations are needed.",
    1: "This observation on the problem is right:",
    2: "These observations on the problem are right:",
}
DERIVE = (
    "Do not solve the problem and write no code yet. Quote the parts of the problem that matter "
    "here{with_given}, and derive what they imply. Then make new observations from that, which are "
    "correct, useful and not obvious, each with a quotation of the implications it rests on."
)
LIST = (
    "List all observations made above, each so that it can be read alone, and write nothing else."
)
FILTER = (
    "Of these, list those that are right and the most useful for a solution, in the same words, "
    "and write nothing else."
)
AS_PYTHON = (
    'Write these observations as a Python list of strings, such as ["the first", "the second"], '
    "and nothing else."
)

SKETCH = (
    "Describe a solution in words, as the editorial of a contest would, by way of what was "
    "observed. Quote an observation before each part that rests on it. Write no code."
)
SKETCH_ALONE = "Describe a solution in words, as the editorial of a contest would. Write no code."
IDEA = (
    "Describe in words how to solve the problem, as the editorial of a contest would. Go beyond "
    "what comes to mind first. Write no code."
)
CRITICISE_PLAN = (
    "A student proposes the idea below. It may not be correct, and in a contest it must be fully "
    "correct and fast enough. As the coach, criticise it, and give an input on which it fails if "
    "there is one. Write no code of a solution."
)
FIX_PLAN = "Given your criticism, how would you fix the idea? Give the whole of it, and no code."
PSEUDOCODE = (
    "Write the solution below as pseudocode of a high level. Follow it exactly, and leave nothing "
    "of it out."
)
FOLLOW = f"Solve the problem by exactly what is given below. {PROGRAM}"

REPAIR = "The program was run, and failed a test."
MEND_PROGRAM = (
    f"Say in short what the program does there and why that is wrong. Then mend it. {PROGRAM}"
)

DESCRIBE = (
    "Below is a program that solves the problem. Describe in words the idea it rests on, so that a "
    "programmer could write it again. Write no code"
)


def opening(text: str) -> list[Message]:
    """Return the turns behind a problem that ask for something about it."""
    return [Message("assistant", READY), Message("user", text)]


def observing(n: int) -> list[Message]:
    """Return the turns that ask for `n` first observations."""
    return opening(FIRST.format(n=n))


def deriving(given: Sequence[str]) -> list[Message]:
    """Return the turns that ask for new observations from (K,) given ones, or from none."""
    return opening(f"{_given(given)}\n\n{DERIVE.format(with_given=' and of these' * bool(given))}")


def sketching(given: Sequence[str]) -> list[Message]:
    """Return the turns that ask for a plan that rests on (K,) observations, or on none."""
    return opening(f"{_given(given)}\n\n{SKETCH}" if given else SKETCH_ALONE)


def criticising(plan: str) -> list[Message]:
    """Return the turns that have a plan criticised."""
    return opening(f"{CRITICISE_PLAN}\n\n{_marked('idea', plan)}")


def pseudocode(plan: str) -> list[Message]:
    """Return the turns that ask for pseudocode of a plan."""
    return opening(f"{PSEUDOCODE}\n\n{_marked('solution', plan)}")


def following(plan: str) -> list[Message]:
    """Return the turns that ask for the program of a plan, in words or pseudocode."""
    return opening(f"{FOLLOW}\n\n{_marked('solution', plan)}")


def repairing(program: str, test: str, reason: str) -> list[Message]:
    """Return the turns that show a program and the test that it failed, and ask for a better."""
    shown = f"{_marked('test', test)}\n\n{_marked('result', reason)}"
    asked = f"{REPAIR}\n\n{shown}\n\n{MEND_PROGRAM}"
    return [Message("assistant", program), Message("user", asked)]


def describing(program: str, words: int | None) -> list[Message]:
    """Return the turns that have a program described, in so many words at most if that is given."""
    limit = "." if words is None else f", and use {words} words at most."
    return opening(f"{DESCRIBE}{limit}\n\n{_marked('program', program)}")


def _given(observations: Sequence[str]) -> str:
    listed = (f"{i}. {observation}" for i, observation in enumerate(observations, 1))
    return "\n".join([SECOND[min(2, len(observations))], *listed])


def _marked(name: str, text: str) -> str:
    return f"<{name}>\n{text.strip()}\n</{name}>"
