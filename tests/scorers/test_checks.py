"""Scorers that check an answer: it passes, or it does not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Prompt
from engines.thinking import Thinking
from engines.usage import Usage
from scorers.base import Abstention, Scorer, ScorerUnavailable
from scorers.json_schema import JsonSchema
from scorers.maths import Comparing, Maths
from scorers.reference import Reference
from scorers.regex import Regex
from tests.scorers.candidates import LastWord, candidate, prompt

SCHEMA = '{"type": "object", "required": ["sum"], "properties": {"sum": {"type": "integer"}}}'
CHECKS = [Regex("it", "^4"), JsonSchema("it", SCHEMA), Maths("it", LastWord(), "42", None)]


async def scores(scorer: Scorer, *texts: str) -> list[float | None]:
    opinions = (await scorer.judge([candidate(text) for text in texts])).opinions
    return [getattr(opinion, "score", None) for opinion in opinions]


async def test_a_pattern_matches_anywhere_if_it_is_not_bound():
    assert await scores(Regex("it", "b+"), "abba", "aca", "", "\udce9b") == [1, 0, 0, 1]
    assert await scores(Regex("it", "^b+$"), "abba", "bb", "b\nb") == [0, 1, 0]


@given(before=st.text(max_size=30), after=st.text(max_size=30))
async def test_a_word_matches_what_holds_it(before, after):
    assert await scores(Regex("it", "né"), f"{before}né{after}") == [1]


async def test_json_of_the_schema_passes_whatever_its_spelling():
    texts = ('{"sum": 1}', ' {"b":2,"sum":1.0}\n', '{"sum": "1"}', "{}", "sum: 1", "")
    assert await scores(JsonSchema("it", SCHEMA), *texts) == [1, 1, 0, 0, 0, 0]


@given(value=st.recursive(st.none() | st.integers(), lambda v: st.lists(v, max_size=3)))
async def test_any_json_passes_a_schema_of_anything(value):
    assert await scores(JsonSchema("it", "{}"), json.dumps(value)) == [1]


async def test_answers_are_compared_with_the_configured_one():
    scorer = Maths("it", LastWord(), "42", None)
    assert await scores(scorer, "Answer: 42.0", "Answer: 41", "none") == [1, 0, 0]


async def test_a_request_says_which_answer_is_right():
    scorer = Maths("it", LastWord(), "42", None)
    assert await scores(scorer.told("41"), "Answer: 42", "Answer: 41") == [0, 1]
    assert await scores(scorer, "Answer: 42", "Answer: 41") == [1, 0]


async def test_without_a_right_answer_nothing_is_judged():
    scorer = Maths("it", LastWord(), None, None)
    with pytest.raises(ScorerUnavailable, match="no answer to compare with"):
        await scorer.judge((candidate("Answer: 42"),))
    assert scorer.untold
    assert isinstance(scorer, Comparing)
    assert not isinstance(Reference("it", LastWord(), "42"), Comparing)


@pytest.mark.parametrize("scorer", CHECKS, ids=lambda s: type(s).__name__)
async def test_the_unfinished_are_not_checked_and_checking_costs_nothing(scorer):
    begun = candidate("42", finish=None)
    judgement = await scorer.judge((begun,))
    assert judgement.opinions == (Abstention("the solution is unfinished"),)
    assert judgement.usage == scorer.bound((begun,)) == Usage()


async def test_thinking_is_not_checked():
    asked = Prompt(prompt().conversation, thinking=Thinking())
    thought = candidate("<think>42</think>no", asked=asked)
    (opinion,) = (await Regex("it", "42").judge((thought,))).opinions
    assert opinion.score == 0
