import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.conversation import Conversation, Message
from scorers.base import Candidate
from tests.training.export.world import UNSURE, dpo, judged, solution, stored, texts, verdict

A, B, C = (solution(f"Answer: {letter}") for letter in "abc")
ALSO_A = solution("So.\n\n", "Answer: a")


def pairs(rows: list[dict[str, object]]) -> list[tuple[str, str]]:
    """Return who won over whom."""
    return [(texts(row["chosen"])[0], texts(row["rejected"])[0]) for row in rows]  # type: ignore[arg-type]


async def test_a_row_is_a_prompt_and_two_answers_with_their_scores() -> None:
    rows, left_out = await dpo(stored(judged((A, verdict(0.2)), (B, verdict(0.9)))))
    assert rows == [
        {
            "prompt": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "2 + 2?"},
            ],
            "chosen": [{"role": "assistant", "content": "Answer: b"}],
            "rejected": [{"role": "assistant", "content": "Answer: a"}],
            "score_chosen": 0.9,
            "score_rejected": 0.2,
        }
    ]
    assert left_out == {}


async def test_the_best_is_paired_with_the_worst() -> None:
    told = judged((A, verdict(0.9)), (B, verdict(0.5)), (C, verdict(0.1)))
    rows, _ = await dpo(stored(told))
    assert pairs(rows) == [("Answer: a", "Answer: c")]


async def test_the_best_is_paired_with_every_other_if_that_is_asked_for() -> None:
    told = judged((A, verdict(0.9)), (B, verdict(0.5)), (C, verdict(0.1)))
    rows, _ = await dpo(stored(told), against="others")
    assert pairs(rows) == [("Answer: a", "Answer: c"), ("Answer: a", "Answer: b")]


async def test_the_worst_that_says_the_same_is_passed_over() -> None:
    told = judged((A, verdict(0.9)), (B, verdict(0.5)), (ALSO_A, verdict(0.1, 0.1)))
    rows, _ = await dpo(stored(told))
    assert pairs(rows) == [("Answer: a", "Answer: b")]


@pytest.mark.parametrize(
    ("other", "score", "truth", "reason"),
    [
        (ALSO_A, 0.1, None, "the final answers are the same"),
        (B, 0.85, None, "the scores are within the margin"),
        (B, 0.1, "b", "the scores contradict the right answer"),
        (B, 0.1, "c", "the scores contradict the right answer"),
    ],
)
async def test_what_shows_no_preference_is_no_pair(
    other: Candidate, score: float, truth: str | None, reason: str
) -> None:
    told = judged((A, verdict(0.9)), (other, verdict(*[score] * len(other.steps))))
    assert await dpo(stored(told), truth=truth) == ([], {reason: 1})


async def test_a_right_best_is_paired_where_the_answer_is_known() -> None:
    rows, _ = await dpo(stored(judged((A, verdict(0.9)), (B, verdict(0.1)))), truth="a")
    assert pairs(rows) == [("Answer: a", "Answer: b")]


async def test_a_difference_of_just_the_margin_is_enough() -> None:
    told = judged((A, verdict(0.9)), (B, verdict(0.8)))
    assert len((await dpo(stored(told), margin=0.1))[0]) == 1


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
async def test_the_chosen_always_has_the_higher_score(x: float, y: float, margin: float) -> None:
    rows, _ = await dpo(stored(judged((A, verdict(x)), (B, verdict(y)))), margin=margin)
    for row in rows:
        assert row["score_chosen"] > row["score_rejected"]  # type: ignore[operator]
        assert row["score_chosen"] - row["score_rejected"] >= margin - 1e-8  # type: ignore[operator]


async def test_solutions_without_a_score_an_end_or_an_answer_are_left_out() -> None:
    cut, silent = solution("Answer: x", finish="length"), solution("Well.")
    told = ((A, verdict(0.9)), (B, UNSURE), (cut, verdict(0.1)), (silent, verdict(0.1)))
    rows, left_out = await dpo(stored(judged(*told)))
    assert rows == []
    assert left_out == {
        "did not come to its end": 1,
        "the scorer abstained": 1,
        "gives no final answer": 1,
        "has no other solution to be compared with": 1,
    }


async def test_scores_of_different_scorers_are_not_compared() -> None:
    first = judged((A, verdict(0.9)), (B, verdict(0.1)), scorer="prm")
    last = judged((A, verdict(0.2)), (C, verdict(0.8)), scorer="fallback")
    rows, _ = await dpo(stored(first, last))
    assert pairs(rows) == [("Answer: c", "Answer: a")]


async def test_answers_to_different_prompts_are_no_pair() -> None:
    other = solution("Answer: b", asked=Conversation((Message("user", "Again."),)))
    rows, left_out = await dpo(stored(judged((A, verdict(0.9)), (other, verdict(0.1)))))
    assert (rows, left_out) == ([], {"has no other solution to be compared with": 2})


async def test_a_pair_is_there_once() -> None:
    search = stored(judged((A, verdict(0.9)), (B, verdict(0.1))))
    rows, left_out = await dpo(search, search)
    assert (len(rows), left_out) == (1, {"repeated": 1})


async def test_a_search_without_a_scorer_is_counted() -> None:
    assert await dpo(stored()) == ([], {"no scorer was asked in the search": 1})
