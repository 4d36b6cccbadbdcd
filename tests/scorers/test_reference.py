from scorers.base import Abstention
from scorers.reference import Reference
from tests.scorers.candidates import LastWord, candidate


async def test_equal_answers_are_right_and_all_others_wrong():
    texts = ("Answer: 42.0", "Answer: 41", "no idea", "")
    judgement = await Reference("it", LastWord(), "42").judge([candidate(t) for t in texts])
    assert [o.score for o in judgement.opinions] == [1, 0, 0, 0]


async def test_an_unfinished_solution_is_not_wrong_yet():
    begun = candidate("Answer: 41", finish=None)
    judgement = await Reference("it", LastWord(), "42").judge((begun,))
    assert judgement.opinions == (Abstention("the solution is unfinished"),)


async def test_a_pattern_says_where_the_answer_is():
    reference = Reference("it", LastWord(), "42", "Result")
    opinions = (await reference.judge((candidate("Result 42"),))).opinions
    assert opinions[0].score == 1
