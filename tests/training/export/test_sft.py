import pytest

from tests.training.export.world import sft, stored
from training.traces import Returned


async def test_a_row_is_the_conversation_and_what_was_returned() -> None:
    rows, left_out = await sft(stored(returned=Returned("It is 4.", True, None, False)))
    assert rows == [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "2 + 2?"},
                {"role": "assistant", "content": "It is 4."},
            ]
        }
    ]
    assert left_out == {}


@pytest.mark.parametrize(
    ("returned", "min_score", "truth", "reason"),
    [
        (Returned("4", False, 0.9, False), None, None, "did not come to its end"),
        (Returned("4", True, None, True), None, None, "the scorer abstained"),
        (Returned("4", True, None, False), 0.5, None, "was not scored"),
        (Returned("4", True, 0.4, False), 0.5, None, "scored too low"),
        (Returned("4", True, 0.9, False), None, "5", "is not the right answer"),
    ],
)
async def test_what_is_not_to_be_learnt_is_left_out_and_counted(
    returned: Returned, min_score: float | None, truth: str | None, reason: str
) -> None:
    search = stored(returned=returned)
    assert await sft(search, min_score=min_score, truth=truth) == ([], {reason: 1})


async def test_an_answer_that_scores_as_much_as_asked_for_is_kept() -> None:
    rows, _ = await sft(stored(returned=Returned("4", True, 0.5, False)), min_score=0.5, truth="4")
    assert len(rows) == 1


async def test_equal_conversations_are_there_once() -> None:
    rows, left_out = await sft(stored(), stored())
    assert (len(rows), left_out) == (1, {"repeated": 1})
