"""Whether answers are equal: cheap rules first, then memory, then math-verify in a pool.

Knows in which order answers are compared and what is remembered of it. The rules are those of
`scorers.lets_verify`; the algebra is done in `scorers.math_worker`.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence

from scorers.answers import Answers, final_answer
from scorers.lets_verify import compare, normalise
from scorers.math_pool import MathPool, WorkerLost
from scorers.math_worker import Question

_STRIKES = 2
"""Times an answer may be blamed for a comparison that took too long. Then, for the rest of the
call, it equals nothing more. Once is not enough: at first it is not known which of two is at fault.
"""


class MathGrader:
    """A `Grader` that asks math-verify, as an async context manager.

    Entering it starts `workers` processes, and waits for none of them.

    Args:
        workers: processes that compare.
        seconds: wall-clock time of one comparison; those that take longer count as not equal.
        memory_bytes: address space of a worker, on Linux.
        remembered: comparisons remembered, the latest used.
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        seconds: float = 1.0,
        memory_bytes: int = 1 << 30,
        remembered: int = 10_000,
    ) -> None:
        self._pool = MathPool(workers=workers, seconds=seconds, memory_bytes=memory_bytes)
        self._memory = _Memory(remembered)

    async def __aenter__(self) -> "MathGrader":
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.__aexit__(*error)

    @property
    def timeouts(self) -> int:
        """Comparisons that took too long or cost a worker, so far."""
        return self._pool.timeouts

    async def group(self, texts: Sequence[str], pattern: str | None = None) -> Answers:
        """Find the final answers of (N,) texts and group the equal ones.

        An answer joins the first group whose first member it equals, in both directions.

        Raises:
            BadPattern: the pattern cannot be used.
        """
        found = [final_answer(text, pattern) for text in texts]
        answers = tuple(None if answer is None else answer.text for answer in found)
        # Each different answer once: most samples of a question give one of a few.
        normal = {answer: normalise(answer) for answer in answers if answer is not None}
        forms = [None if answer is None else normal[answer] for answer in answers]
        inquiry, leaders = _Inquiry(self._pool, self._memory), list[str]()
        groups: dict[str | None, int | None] = {None: None}
        for form in forms:
            if form is not None and form not in groups:
                groups[form] = place = await _place(form, leaders, inquiry)
                leaders += [form] if place == len(leaders) else []
        return Answers(answers, tuple(groups[form] for form in forms))

    async def equal(self, truth: str, given: str) -> bool:
        """Say whether the answer `given` equals the true one."""
        verdict = compare(normalise(truth), normalise(given))
        if isinstance(verdict, bool):
            return verdict
        return await _Inquiry(self._pool, self._memory).first_true([verdict]) is not None


async def _place(form: str, leaders: Sequence[str], inquiry: "_Inquiry") -> int:
    """Return the group a form belongs to, which is the next one if it is like no leader."""
    doubts: dict[int, Question] = {}
    settled = len(leaders)
    for place, leader in enumerate(leaders):
        verdict = compare(leader, form)
        if verdict is True:
            settled = place
            break
        if verdict is not False:
            doubts[place] = (*verdict, *((given, truth) for truth, given in verdict))
    first = await inquiry.first_true(list(doubts.values()))
    return settled if first is None else list(doubts)[first]


class _Memory:
    """Verdicts on the questions used last. Time-outs are forgotten: they may be the machine's."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._verdicts: OrderedDict[Question, bool] = OrderedDict()

    def get(self, question: Question) -> bool | None:
        if question in self._verdicts:
            self._verdicts.move_to_end(question)
        return self._verdicts.get(question)

    def put(self, question: Question, verdict: bool) -> None:
        self._verdicts[question] = verdict
        if len(self._verdicts) > self._size:
            self._verdicts.popitem(last=False)


class _Inquiry:
    """The questions of one call to the grader, and what has been learnt from them so far."""

    def __init__(self, pool: MathPool, memory: _Memory) -> None:
        self._pool = pool
        self._memory = memory
        self._verdicts: dict[Question, bool] = {}
        self._sound: set[str] = set()
        self._strikes: Counter[str] = Counter()

    async def first_true(self, questions: Sequence[Question]) -> int | None:
        """Return the index of the first question that is true, in as few trips as can be."""
        for index, question in enumerate(questions):
            # Asked alone again if a worker was lost on the way: whose fault it was is not known.
            for together in (questions[index:], (question,)):
                if not self._knows(question):
                    await self._ask([other for other in together if not self._knows(other)])
            if self._verdicts.get(question):
                return index
        return None

    def _knows(self, question: Question) -> bool:
        if question not in self._verdicts:
            struck = any(self._strikes[form] >= _STRIKES for form in _forms(question))
            verdict = False if struck else self._memory.get(question)
            if verdict is None:
                return False
            self._verdicts[question] = verdict
        return True

    async def _ask(self, questions: Sequence[Question]) -> None:
        try:
            verdicts = await self._pool.ask(tuple(questions))
        except WorkerLost:
            verdicts = (None,) if len(questions) == 1 else ()
        for question, verdict in zip(questions, verdicts, strict=False):
            self._verdicts[question] = bool(verdict)
            if verdict is None:
                self._strikes.update(_forms(question) - self._sound or _forms(question))
            else:
                self._sound |= _forms(question)
                self._memory.put(question, verdict)


def _forms(question: Question) -> set[str]:
    return {form for pair in question for form in pair}
