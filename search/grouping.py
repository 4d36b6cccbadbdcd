"""Finding which solutions say the same: equal calls, equal JSON, or equal final answers.

What an answer is, and when two are equal, is the grader's to say: numbers, or what programs do.
"""

from collections.abc import Sequence

from scorers.answers import Answers, Grader
from scorers.base import Candidate, ScorerUnavailable
from scorers.form import Form, grouped, words_of
from search.events import Grouped
from search.models import Task
from search.recorder import Recorder


class Grouping:
    """Groups the solutions of one search, as its form has them or as a grader does.

    `form` is what solutions must look like, if anything.
    """

    def __init__(self, grader: Grader, task: Task, record: Recorder, form: Form | None) -> None:
        self._grader, self._task, self._record, self._form = grader, task, record, form

    async def group(self, candidates: Sequence[Candidate], call: str) -> Answers:
        """Group (N,) candidates, in the call of this name; see `Search.group`."""
        texts = tuple(c.answer for c in candidates)
        words, graded = words_of(candidates, self._form), Answers((), ())
        if words or self._form is None:
            graded = await self._graded(words)
        if words and words != texts:
            self._record.say(Grouped(call, words, graded))
        answers = grouped(candidates, self._form, graded)
        self._record.say(Grouped(call, texts, answers))
        return answers

    async def _graded(self, words: tuple[str, ...]) -> Answers:
        """Have texts graded; where the grader cannot, equal texts are equal, and it is said."""
        try:
            return await self._grader.group(words, self._task.pattern)
        except ScorerUnavailable as error:
            self._record.degrade(f"answers were compared by their words alone: {error}")
        different = list(dict.fromkeys(words))
        return Answers(words, tuple(map(different.index, words)))

    def calls(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return those that call tools, if most that came to their end do; else none."""
        if not self._task.conversation.tools or self._form is None:
            return []
        whole = [c for c in candidates if c.whole]
        calls = [c for c in whole if not self._form.in_words(c.answer)]
        return calls if 2 * len(calls) > len(whole) else []
