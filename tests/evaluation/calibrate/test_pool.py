from dataclasses import replace
from pathlib import Path

import pytest

from engines.base import Request
from engines.errors import EngineUnavailable
from engines.fake import FakeEngine
from evaluation.calibrate.errors import CannotCalibrate
from evaluation.calibrate.how import How
from evaluation.calibrate.pool import FILE, Pooled, draw, known
from evaluation.datasets import Question
from evaluation.records import Failed
from scorers.base import Verdict
from tests.evaluation.calibrate.world import a_or_b, how
from tests.evaluation.world import QUESTIONS, SAMPLING, asked
from tests.search.world import Broken, SharesOfB, Silent, models
from training.writing import OutputRefused

TWO = QUESTIONS[:2]


class Relative(SharesOfB):
    relative = True


def right_first(request: Request, i: int) -> str:
    return "b b Answer: 0" if i < 4 else "a Answer: 1"


async def test_a_pool_holds_what_was_drawn_judged_and_graded() -> None:
    [pool] = await draw(QUESTIONS[:1], 8, how(FakeEngine(right_first)))
    assert isinstance(pool, Pooled)
    assert sum(one.right for one in pool.solutions) == 4
    best = next(one for one in pool.solutions if one.right)
    assert (best.text, best.tokens, best.finish, best.answer) == ("b b Answer: 0", 4, "eos", "0")
    assert best.opinion == Verdict(1.0, (1.0,))
    assert (best.first, pool.scorer) == (-1.0, "shares_of_b")
    assert pool.generator.completion_tokens == 4 * 4 + 4 * 3
    assert pool.plain_tokens == 3.5


async def test_the_best_are_not_the_first_of_a_pool() -> None:
    pools = await draw(QUESTIONS, 8, how(FakeEngine(right_first)))
    firsts = [pool.solutions[0].text.startswith("b") for pool in pools if isinstance(pool, Pooled)]
    assert 0 < sum(firsts) < len(QUESTIONS) == len(firsts)


async def test_what_was_drawn_is_not_drawn_again(tmp_path: Path) -> None:
    engine = FakeEngine(a_or_b)
    first = await draw(TWO, 8, how(engine, tmp_path))
    more = await draw(QUESTIONS[:3], 8, how(engine, tmp_path))
    assert (more[:2], len(engine.seen)) == (first, 3)
    assert known(QUESTIONS, 8, how(engine, tmp_path)) == more


async def test_pools_of_another_setup_are_another_file(tmp_path: Path) -> None:
    await draw(TWO, 8, how(folder=tmp_path))
    with pytest.raises(OutputRefused, match="its strategy is"):
        await draw(TWO, 4, how(folder=tmp_path))


async def test_a_question_that_failed_is_asked_again(tmp_path: Path) -> None:
    down = [True]

    def reply(request: Request, i: int) -> str:
        if down[0] and asked(request) == TWO[1].text:
            raise EngineUnavailable("gone")
        return a_or_b(request, i)

    first = await draw(TWO, 8, how(FakeEngine(reply), tmp_path))
    assert [type(record) for record in first] == [Pooled, Failed]
    down[0] = False
    assert isinstance((await draw(TWO, 8, how(FakeEngine(reply), tmp_path)))[1], Pooled)


@pytest.mark.parametrize("first", [Broken(), Silent()])
async def test_a_pool_that_another_scorer_had_to_judge_is_none(first: SharesOfB) -> None:
    [record] = await draw(TWO[:1], 4, how(None, None, first, SharesOfB()))
    assert isinstance(record, Failed)
    assert record.error == f"NotPooled: {first.name} could not judge its solutions"


async def test_of_options_the_letter_is_what_is_right() -> None:
    question = Question("q", "What is 0 ?\n(A) 0\n(B) 1", "A", ("0", "1"))
    replies = ["b Answer: (A)", "b Answer: A. 0", "b Answer: B"]
    [pool] = await draw([question], 3, how(FakeEngine(lambda _, i: replies[i])))
    assert isinstance(pool, Pooled)
    assert sorted((one.answer, one.right) for one in pool.solutions) == [
        ("A", True), ("A", True), ("B", False)]  # fmt: skip


def test_scores_of_who_is_judged_together_are_refused() -> None:
    with pytest.raises(CannotCalibrate, match="who is judged together"):
        how(None, None, Relative())


def test_samples_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(CannotCalibrate, match="temperature 0"):
        How(models(), replace(SAMPLING, temperature=0.0))


async def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputRefused, match="cannot be made"):
        await draw(TWO, 4, how(folder=tmp_path / "file" / FILE))
