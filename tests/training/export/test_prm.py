import pytest

from engines.conversation import Conversation, Message
from scorers.base import Candidate, Opinion
from tests.training.export.world import QUESTION, UNSURE, judged, prm, solution, stored, verdict

STEPS = ("2 + 2 is\n\n", "Answer: 4")
SOLUTION = solution(*STEPS)


async def test_a_solution_has_the_rewards_of_its_steps() -> None:
    rows, left_out = await prm(stored(judged((SOLUTION, verdict(0.7, 0.9)))))
    assert rows == [
        {
            "question": "2 + 2?",
            "steps": ["2 + 2 is", "Answer: 4"],
            "values": [0.7, 0.9],
            "answer": "4",
            "source": "rewards of prm",
        }
    ]
    assert left_out == {}


@pytest.mark.parametrize(("truth", "outcome"), [("4", True), ("5", False)])
async def test_the_outcome_is_there_where_the_right_answer_is_known(
    truth: str, outcome: bool
) -> None:
    [row], _ = await prm(stored(judged((SOLUTION, verdict(0.7, 0.9)))), truth=truth)
    assert (row["outcome"], row["truth"]) == (outcome, truth)


async def test_steps_without_text_have_no_value() -> None:
    spaced = solution("one\n\n", "\n\n", "Answer: 4")
    [row], _ = await prm(stored(judged((spaced, verdict(0.7, 0.7, 0.9)))))
    assert (row["steps"], row["values"]) == (["one", "Answer: 4"], [0.7, 0.9])


@pytest.mark.parametrize(
    ("candidate", "opinion", "reason"),
    [
        (SOLUTION, UNSURE, "the scorer abstained"),
        (solution(*STEPS, finish=None), verdict(0.7, 0.9), "did not come to its end"),
        (solution(*STEPS, finish="length"), verdict(0.7, 0.9), "did not come to its end"),
        (solution("".join(STEPS)), verdict(0.9), "was judged as a whole"),
        (SOLUTION, verdict(0.9), "was judged as a whole"),
    ],
)
async def test_what_is_no_label_is_left_out_and_counted(
    candidate: Candidate, opinion: Opinion, reason: str
) -> None:
    rows, left_out = await prm(stored(judged((candidate, opinion))))
    assert (rows, left_out) == ([], {reason: 1})


async def test_a_solution_of_one_line_is_a_step() -> None:
    [row], _ = await prm(stored(judged((solution("Answer: 4"), verdict(0.9)))))
    assert (row["steps"], row["values"]) == (["Answer: 4"], [0.9])


async def test_what_depends_on_who_else_was_judged_is_left_out() -> None:
    rows, left_out = await prm(stored(judged((SOLUTION, verdict(0.1, 0.2)), relative=True)))
    assert (rows, left_out) == ([], {"was judged by comparison with others": 1})


async def test_the_last_word_of_a_scorer_counts() -> None:
    first, last = judged((SOLUTION, verdict(0.1, 0.2))), judged((SOLUTION, verdict(0.7, 0.9)))
    rows, left_out = await prm(stored(first, last))
    assert [row["values"] for row in rows] == [[0.7, 0.9]]
    assert left_out == {}


async def test_equal_solutions_of_equal_questions_are_one_example() -> None:
    search = stored(judged((SOLUTION, verdict(0.7, 0.9))))
    rows, left_out = await prm(search, search)
    assert (len(rows), left_out) == (1, {"repeated": 1})


async def test_a_question_is_what_the_scorer_read() -> None:
    turns = (*QUESTION.messages, Message("assistant", "5"), Message("user", "Sure?"))
    revised = solution(*STEPS, asked=Conversation(turns))
    [row], _ = await prm(stored(judged((revised, verdict(0.7, 0.9)))))
    assert row["question"] == "user: 2 + 2?\nassistant: 5\nuser: Sure?"


async def test_a_search_without_a_scorer_is_counted() -> None:
    assert await prm(stored()) == ([], {"no scorer was asked in the search": 1})
