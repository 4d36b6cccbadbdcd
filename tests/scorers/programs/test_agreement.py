"""Dual execution agreement, arXiv:2207.10397."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from scorers.base import Abstention, ScorerUnavailable
from scorers.programs.agreement import CodeAgreement, CodeAgreementConfig, agreement
from tests.scorers.candidates import candidate, prompt

ASKED = prompt("Write f, which adds one.")
WRITTEN = "assert f(1) == 2\nassert f(2) == 3\nassert f(3) == 9\nand so on"
PLUS, PLUS_TOO, TRIPLE, BROKEN = (
    candidate(f"```python\ndef f(x):\n    return {body}\n```", asked=ASKED)
    for body in ("x + 1", "1 + x", "3 * x", "y")
)


def scorer(sandbox, written: str = WRITTEN) -> CodeAgreement:
    config = CodeAgreementConfig(max_tokens=200)
    return CodeAgreement("it", FakeEngine(lambda *_: written), sandbox, config)


async def test_programs_that_pass_the_same_tests_back_each_other(sandbox) -> None:
    judged = await scorer(sandbox).judge((PLUS, TRIPLE, PLUS_TOO, BROKEN))
    # Two programs pass two tests, one passes one: of 4 programs and 3 tests.
    assert [o.score for o in judged.opinions] == pytest.approx([4 / 12, 1 / 12, 4 / 12, 0])
    assert {o.report.source for o in judged.opinions} == {"generated"}
    assert judged.usage.completion_tokens > 0


async def test_the_tests_of_one_prompt_are_asked_for_once_and_billed(sandbox) -> None:
    it = scorer(sandbox)
    judged = await it.judge((PLUS, TRIPLE))
    assert judged.usage.calls == it.bound((PLUS, TRIPLE)).calls == 1


async def test_a_model_that_writes_no_test_leaves_it_without_an_opinion(sandbox) -> None:
    judged = await scorer(sandbox, "I would rather not.").judge((PLUS,))
    assert judged.opinions == (Abstention("the model wrote no test that can be read"),)


async def test_a_model_that_is_down_is_a_scorer_that_fails(sandbox) -> None:
    def fail(request: Request) -> float:
        raise EngineUnavailable("connection refused", unspent=True)

    engine = FakeEngine(lambda *_: WRITTEN, latency=fail)
    it = CodeAgreement("it", engine, sandbox, CodeAgreementConfig())
    with pytest.raises(ScorerUnavailable, match="no tests could be written") as raised:
        await it.judge((PLUS,))
    assert raised.value.unspent


ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.tuples(*[st.booleans()] * width), min_size=1, max_size=8)
)


@given(ROWS, st.randoms())
def test_agreement_is_in_range_and_does_not_depend_on_the_order(rows, chance) -> None:
    scores = agreement(rows)
    order = chance.sample(range(len(rows)), len(rows))
    assert agreement([rows[i] for i in order]) == [scores[i] for i in order]
    assert all(0 <= score <= 1 for score in scores)
    assert all(score == 0 for score, row in zip(scores, rows, strict=True) if not any(row))


def test_agreement_is_one_where_all_programs_pass_all_tests() -> None:
    assert agreement([(True, True)] * 3) == [1.0] * 3
