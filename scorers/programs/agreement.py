"""Programs and tests that agree: a model writes tests, and programs that pass the same are a group.

Source: CodeT, arXiv:2207.10397, section 2.2, dual execution agreement: programs that pass the same
tests are a consensus set, and its score is the number of its programs times that of its tests.
Differs from the paper: the score is divided by the number of all programs times that of all tests,
to be in [0, 1]; and the tests are written in one reply, or `samples` of them, and not one by one.
Its scores are only good for comparing the candidates it was shown together.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from pydantic import Field
from typing_extensions import override

from engines.base import Engine, Prompt
from engines.conversation import Conversation, Message
from engines.errors import EngineError
from engines.usage import Counted, Usage
from scorers.asking import engine_for, shown
from scorers.base import (
    Abstention,
    Candidate,
    Judgement,
    Opinion,
    Scorer,
    ScorerUnavailable,
    Verdict,
)
from scorers.critique import Critic, WritingConfig
from scorers.each import Failed, failed, unfinished
from scorers.kind import Around, ScorerKind
from scorers.programs.extract import program_of
from scorers.programs.from_prompt import asked, asserts_of
from scorers.programs.running import TestLimits
from scorers.programs.sandbox import Sandbox
from scorers.programs.testing import Tested, examine_all
from scorers.programs.tests import AnyTest

PROMPT_VERSION = "code-agreement-1"
PROMPT = """Below is a task that asks for a Python program. Write tests for it.

{conversation}

Write up to {tests} tests, each on a line of its own, of this form:
assert function(arguments) == value
Use the function's name from the task. Write the values out. Cover edge cases. Write no solution."""


@dataclass(frozen=True, slots=True)
class _Written:
    tests: tuple[AnyTest, ...]
    usage: Usage


class CodeAgreement:
    """Judges finished solutions by how many others pass the same tests, and how many tests.

    Args:
        name: what the configuration calls it.
        engine: writes the tests: the generator's own engine, or another one.
        sandbox: where programs are run.
        config: how many tests there are, how they are written, and the limits of a run.
    """

    partial, relative, remote = False, True, True
    alternatives = 0

    def __init__(
        self, name: str, engine: Engine, sandbox: Sandbox, config: "CodeAgreementConfig"
    ) -> None:
        self.name = name
        self._able, self._sandbox, self._config = engine.capabilities, sandbox, config
        self._critic = Critic(f"{name}-{PROMPT_VERSION}", engine, config.writing)

    @property
    def counts(self) -> Counted:
        """What is known of the cost of the tokens that the tests are written in."""
        return self._able.counts

    def bound(self, candidates: Sequence[Candidate]) -> Usage:
        """Return replies as long as they may be for each prompt that has a finished candidate."""
        asked = {self._question(c.prompt) for c in candidates if unfinished(c) is None}
        return sum((self._critic.bound((question,)) for question in asked), start=Usage())

    async def judge(self, candidates: Sequence[Candidate]) -> Judgement:
        """Judge (N,) candidates, those of each prompt among themselves; see `Scorer.judge`.

        Raises:
            ScorerUnavailable: the sandbox cannot run them, or no tests could be had for any.
        """
        opinions: list[Opinion] = [Abstention(unfinished(c) or "") for c in candidates]
        places: dict[str, list[int]] = {}
        for i, candidate in enumerate(candidates):
            if unfinished(candidate) is None:
                places.setdefault(self._question(candidate.prompt), []).append(i)
        usage, failures = Usage(), []
        for question, those in places.items():
            written = await self._write(question)
            usage += written.usage
            if isinstance(written, Failed):
                failures.append(written)
            here = await self._judge_of([candidates[i] for i in those], written)
            for i, opinion in zip(those, here, strict=True):
                opinions[i] = opinion
        self._check(failures, len(places), usage)
        return Judgement(tuple(opinions), usage)

    def _check(self, failures: Sequence[Failed], prompts: int, usage: Usage) -> None:
        """Raise the first failure if there were no others but failures."""
        if failures and len(failures) == prompts:
            error = failures[0].error
            unspent = all(failure.error.unspent for failure in failures)
            reason = f"no tests could be written: {error}"
            raise ScorerUnavailable(reason, unspent=unspent, usage=usage) from error

    async def _write(self, question: str) -> _Written | Failed:
        replies = await self._critic.write(Conversation((Message("user", question),)))
        if isinstance(replies, EngineError):
            return failed(replies, self._critic.bound((question,)))
        found = {t.model_dump_json(): t for text in replies.texts for t in asserts_of(text)}
        return _Written(tuple(found.values())[: self._config.tests], replies.usage)

    async def _judge_of(
        self, candidates: Sequence[Candidate], written: _Written | Failed
    ) -> Sequence[Opinion]:
        """Judge (N,) candidates of one prompt."""
        if isinstance(written, Failed):
            return [Abstention(f"no tests could be written: {written.error}")] * len(candidates)
        if not written.tests:
            return [Abstention("the model wrote no test that can be read")] * len(candidates)
        text = asked(candidates[0].prompt.conversation)
        programs = [program_of(candidate.answer, text) or "" for candidate in candidates]
        limits = self._config.limits
        tested = await examine_all(self._sandbox, programs, written.tests, "generated", limits)
        scores = agreement([one.passed for one in tested])
        return [_verdict(one, score) for one, score in zip(tested, scores, strict=True)]

    def _question(self, prompt: Prompt) -> str:
        conversation = shown(prompt.conversation)
        return PROMPT.format(conversation=conversation, tests=self._config.tests)


def agreement(passed: Sequence[tuple[bool, ...]]) -> list[float]:
    """Return the scores in [0, 1] of (N,) programs from whether each passed (T,) tests, T > 0.

    arXiv:2207.10397, section 2.2: |programs that pass the same tests| x |those tests|, over N x T.
    """
    groups = Counter(passed)
    return [groups[one] * sum(one) / (len(passed) * len(one)) for one in passed]


def _verdict(tested: Tested, score: float) -> Verdict:
    return Verdict(score, (score,), report=tested.report)


class CodeAgreementConfig(WritingConfig, ScorerKind):
    """How many solutions pass the same tests, which a model writes, and how many tests."""

    kind: Literal["code_agreement"] = "code_agreement"
    tests: int = Field(default=16, ge=1, le=128, description="written at most, for each prompt")
    max_tokens: int = Field(default=1024, ge=1, description="tokens of one reply with tests")
    limits: TestLimits = Field(default=TestLimits(), description="of the run of one program")

    @override
    @asynccontextmanager
    async def open(self, name: str, around: Around) -> AsyncIterator[Scorer]:
        """Give the scorer; see `ScorerKind.open`."""
        async with engine_for(self, around.engine, around.carried) as engine:
            yield CodeAgreement(name, engine, around.sandbox, self)
