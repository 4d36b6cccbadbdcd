"""Two kept searches side by side."""

from typing import Any

from app.traces.finding import Found
from app.traces.shapes import summary
from scorers.answers import Answers, Grader


async def compared(a: Found, b: Found, grader: Grader) -> dict[str, Any]:
    """Return both, whether the same was asked, and whether the same was answered.

    Of searches whose words are not kept the last two are null.
    """
    both: dict[str, Any] = {
        "object": "search.comparison",
        "a": summary(a.row),
        "b": summary(b.row),
        "same_question": None,
        "same_answer": None,
    }
    if a.words is None or b.words is None:
        return both
    one, other = await a.recorded(), await b.recorded()
    texts = [str(recorded.result["text"]) for recorded in (one, other)]
    answers = await grader.group(texts, one.task.pattern)
    both["same_question"] = one.task.conversation == other.task.conversation
    both["same_answer"] = texts[0] == texts[1] or _together(answers)
    both["a"]["answer"], both["b"]["answer"] = texts
    return both


def _together(answers: Answers) -> bool:
    """Say whether two texts have answers, and those are equal."""
    first, second = answers.groups
    return first is not None and first == second
