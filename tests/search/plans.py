"""A model that plans as it is told to, and tests of its programs that say what they are told to."""

from collections.abc import Callable, Sequence

from engines.base import Request
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Candidate, Judgement, Verdict
from scorers.programs.report import Failure, TestReport
from search.events import Noted, Trace
from search.strategies.prompts import programs as prompts
from tests.search.world import SharesOfB


def asked(request: Request) -> str:
    """Return what the model is asked last."""
    return request.prompt.conversation.messages[-1].content


def kind_of(request: Request) -> str:
    """Return which of our questions that is."""
    last = asked(request)
    kinds = {
        "list": prompts.LIST,
        "filter": prompts.FILTER,
        "python": prompts.AS_PYTHON,
        "fix": prompts.FIX_PLAN,
        "critique": prompts.CRITICISE_PLAN,
        "pseudocode": prompts.PSEUDOCODE,
        "repair": prompts.REPAIR,
        "describe": prompts.DESCRIBE,
        "code": prompts.PROGRAM,
        "idea": prompts.IDEA,
        "sketch": "Describe a solution",
        "first": "observations on it",
        "second": "make new observations",
    }
    return next(kind for kind, text in kinds.items() if text in last)


class Planner:
    """A model that makes `first` observations on the problem, and `more` on each that it is given.

    `reads` says whether a list comes out as one.
    """

    def __init__(
        self, first: int = 3, more: int = 2, reads: Callable[[Request], bool] = lambda _: True
    ) -> None:
        self.first, self.more, self.reads = first, more, reads
        self.engine = FakeEngine(self.reply)

    def reply(self, request: Request, i: int) -> str:
        kind = kind_of(request)
        if kind != "python":
            return f"{kind} {request.id}"
        if not self.reads(request):
            return "no list"
        begun = "observations on it" in request.prompt.conversation.messages[2].content
        n = self.first if begun else self.more
        return repr([f"{request.id}-{k}" for k in range(n)])

    def asked(self, kind: str) -> list[Request]:
        return [request for request in self.engine.seen if kind_of(request) == kind]


class Tests(SharesOfB):
    """Tests that a program passes if `passes` says so."""

    __test__ = False
    name = "tests"

    def __init__(self, passes: Callable[[str], bool]) -> None:
        self.passes = passes

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        return Usage()

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        return Judgement(tuple(self._verdict(c.answer) for c in candidates))

    def _verdict(self, program: str) -> Verdict:
        ok = self.passes(program)
        failure = None if ok else Failure(0, "assert f(1) == 2", f"{program} gave 3")
        return Verdict(float(ok), (float(ok),), report=TestReport(ok, 1, "request", 0.0, failure))


def ideas(trace: Trace) -> dict:
    """Return what a search told last of its ideas."""
    return [e.data for e in trace if isinstance(e, Noted) and e.label == "ideas"][-1]
