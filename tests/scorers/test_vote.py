import pytest

from engines.usage import Usage
from scorers.base import Abstention, Verdict
from scorers.vote import Vote
from tests.scorers.candidates import LastWord, candidate


async def test_the_score_is_the_share_of_equal_answers():
    texts = ("Answer: 42", "so Answer: 42.0", "Answer: 7", "Answer: 42")
    judgement = await Vote("it", LastWord(), None).judge([candidate(text) for text in texts])
    assert [o.score for o in judgement.opinions] == pytest.approx([0.75, 0.75, 0.25, 0.75])
    assert judgement.usage == Usage()


async def test_a_solution_without_an_answer_has_no_vote_and_lowers_the_shares():
    silent, answer = candidate("Well."), candidate("Answer: 42")
    opinions = (await Vote("it", LastWord(), None).judge((silent, answer))).opinions
    assert opinions == (Abstention("the solution gives no final answer"), Verdict(0.5, (0.5,)))


async def test_an_unfinished_solution_has_no_vote():
    begun, answer = candidate("Answer: 7", finish=None), candidate("Answer: 42")
    opinions = (await Vote("it", LastWord(), None).judge((begun, answer))).opinions
    assert opinions == (Abstention("the solution is unfinished"), Verdict(1.0, (1.0,)))


async def test_a_pattern_says_where_the_answer_is():
    opinions = (await Vote("it", LastWord(), "Result").judge((candidate("Result 3"),))).opinions
    assert opinions == (Verdict(1.0, (1.0,)),)
