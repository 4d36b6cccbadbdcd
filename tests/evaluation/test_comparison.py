from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.fake import FakeEngine
from evaluation.comparison import compare
from evaluation.datasets import Question
from evaluation.runfile import RunFileError, read
from evaluation.statistics import paired
from search.strategies import BestOfN
from tests.evaluation.world import QUESTIONS, asked, run

gains = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=30)


@given(gains)
def test_a_difference_lies_in_its_interval_and_its_p_value_in_0_to_1(gains_) -> None:
    found = paired(gains_)
    assert -1 <= found.low <= found.high <= 1
    assert 0 < found.p <= 1
    assert paired([-gain for gain in gains_]).p == found.p


def test_what_is_always_better_is_no_chance_and_what_never_differs_is() -> None:
    assert paired([1.0] * 20).p == 2 / 2001
    assert paired([0.0] * 20).p == 1
    assert paired([1.0, -1.0] * 20).p > 0.5


async def test_two_runs_are_compared_question_by_question(tmp_path: Path) -> None:
    await run(out=tmp_path / "a", questions=QUESTIONS[:10])
    perfect = FakeEngine(lambda request, i: f"Answer: {asked(request).split()[2]}")
    await run(perfect, out=tmp_path / "b", questions=QUESTIONS[2:], strategy=BestOfN(n=8))
    found = compare(read(tmp_path / "a"), read(tmp_path / "b"))
    assert (found.n, found.left_out, found.first, found.second) == (8, 4, 0.5, 1.0)
    assert found.difference.low <= found.difference.value == 0.5 <= found.difference.high
    assert (found.tokens, found.tokens_interval) == (2.0, (2.0, 2.0))
    assert found.differs == ("strategy",)


async def test_questions_that_are_not_the_same_are_not_compared(tmp_path: Path) -> None:
    await run(out=tmp_path / "a", questions=QUESTIONS[:6])
    await run(out=tmp_path / "b", questions=QUESTIONS[6:])
    await run(out=tmp_path / "c", questions=(Question("q0", "What is 9 + 0?", "9"),))
    first = read(tmp_path / "a")
    with pytest.raises(RunFileError, match="has answered no question that"):
        compare(first, read(tmp_path / "b"))
    with pytest.raises(RunFileError, match="q0 is another question than in"):
        compare(first, read(tmp_path / "c"))
