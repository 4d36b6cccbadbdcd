"""Section 4.5 of the reference: scores in both orders, and what they come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.conversation import Conversation, Message
from evaluation.pairwise.protocol import (
    Scores,
    Verdict,
    question,
    read_scores,
    split,
    verdict_of,
)

SCORES = st.builds(Scores, st.floats(1, 10), st.floats(1, 10))
HIGHER, EQUAL, LOWER = Scores(8, 5), Scores(6, 6), Scores(3, 9)
MIRROR: dict[Verdict, Verdict] = {"win": "lose", "tie": "tie", "lose": "win"}


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (HIGHER, HIGHER, "win"),
        (HIGHER, EQUAL, "win"),
        (EQUAL, HIGHER, "win"),
        (EQUAL, EQUAL, "tie"),
        (HIGHER, LOWER, "tie"),
        (LOWER, HIGHER, "tie"),
        (LOWER, LOWER, "lose"),
        (LOWER, EQUAL, "lose"),
        (EQUAL, LOWER, "lose"),
    ],
)
def test_every_pair_of_outcomes_has_its_verdict(
    first: Scores, second: Scores, verdict: Verdict
) -> None:
    assert verdict_of(first, second) == verdict
    assert split(first, second) == ({first, second} == {HIGHER, LOWER})


@given(SCORES, SCORES)
def test_the_other_way_round_the_verdict_is_mirrored(first: Scores, second: Scores) -> None:
    other = verdict_of(second.mirrored, first.mirrored)
    assert other == MIRROR[verdict_of(first, second)]
    assert split(second.mirrored, first.mirrored) == split(first, second)


@given(SCORES, SCORES)
def test_the_order_of_the_two_questions_decides_nothing(first: Scores, second: Scores) -> None:
    assert verdict_of(first, second) == verdict_of(second, first)


@pytest.mark.parametrize(
    ("reply", "scores"),
    [
        ("Answer 1: 8\nAnswer 2: 5\nThe first is better.", (8, 5)),
        ("**Answer 1:** 8/10\n**Answer 2:** 10/10", (8, 10)),
        ("answer 1 = 7.5, answer 2 = 1", (7.5, 1)),
        ("Answer 1: N\nAnswer 2: N\n\nAnswer 1: 4\nAnswer 2: 6", (4, 6)),
        ("Answer 2: 3\nAnswer 1: 9", (9, 3)),
        ("Answer 1: 8", None),
        ("8 5", None),
        ("Answer 1: 11\nAnswer 2: 5", None),
        ("Answer 1: 0\nAnswer 2: 5", None),
        ("Answer 1: -3\nAnswer 2: 5", None),
        ("Answer 1: 80/100\nAnswer 2: 5", None),
        ("Both are good.", None),
        ("", None),
    ],
)
def test_a_reply_has_two_scores_from_1_to_10_or_none(
    reply: str, scores: tuple[float, float] | None
) -> None:
    assert read_scores(reply) == scores


def test_the_judge_sees_the_conversation_and_both_answers_in_their_order() -> None:
    asked = Conversation((Message("system", "Be brief."), Message("user", "2+3?")))
    text = question(asked, " It is 5. ", "Six {a}").messages[0].content
    places = [text.index(part) for part in ("Be brief.", "2+3?", "It is 5.", "Six {a}")]
    assert places == sorted(places)
