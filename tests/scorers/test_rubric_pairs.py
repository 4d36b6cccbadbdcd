import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Capabilities
from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable
from scorers.preference import Leaning
from scorers.rubric_pairs import (
    PROMPT,
    PROMPT_VERSION,
    RubricPairs,
    RubricPairsConfig,
    points_of,
)
from tests.scorers.candidates import candidate, prompt
from tests.scorers.critics import Hanging

BEST, GOOD, BAD = candidate("Answer: 42"), candidate("Answer: 41"), candidate("Answer: 40")
CHAT = Capabilities("chat")


def shown(request) -> tuple[str, str]:
    """The two answers, in the order shown."""
    text = request.prompt.conversation.messages[0].content
    first, second = (text.split(f"<answer_{x}>\n")[1].split("\n</answer_")[0] for x in "ab")
    return first, second


def pairs(choose, **config) -> RubricPairs:
    """A judge that chooses of the two shown, on a server that does nothing but chat."""
    engine = FakeEngine(lambda request, _: f"So: [[{choose(*shown(request))}]]", capabilities=CHAT)
    return RubricPairsConfig(**config).scorer("it", engine)


def greater(first: str, second: str) -> str:
    return "C" if first == second else "AB"[first < second]


async def test_a_score_is_the_share_of_the_others_that_an_answer_wins_against():
    opinions = (await pairs(greater).judge((GOOD, BEST, BAD))).opinions
    assert [o.score for o in opinions] == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    ("there", "back", "first"),
    [
        ("A", "B", 1.0),
        ("B", "A", 0.0),
        ("A", "C", 1.0),
        ("C", "B", 1.0),
        ("C", "A", 0.0),
        ("A", "A", 0.5),
        ("B", "B", 0.5),
        ("C", "C", 0.5),
    ],
)
async def test_a_win_is_one_in_both_orders_or_with_a_tie(there, back, first):
    judge = pairs(lambda a, _: there if "42" in a else back)
    assert (await judge.comparer.compare([(BEST, BAD)])).preferences == (Leaning(first),)


async def test_a_judge_that_always_likes_the_one_shown_first_says_nothing():
    opinions = (await pairs(lambda *_: "A").judge((BEST, GOOD, BAD))).opinions
    assert [o.score for o in opinions] == [0.5] * 3


async def test_a_reply_without_a_choice_leaves_its_pair_out():
    def choose(a: str, b: str) -> str:
        return "?" if "40" in a and "41" in b else greater(a, b)

    opinions = (await pairs(choose).judge((BEST, GOOD, BAD))).opinions
    assert [o.score for o in opinions] == [1.0, 0.0, 0.0]


async def test_who_is_in_no_decided_pair_is_abstained_on():
    opinions = await pairs(lambda a, b: "?" if "40" in a + b else "C").judge((BEST, GOOD, BAD))
    assert opinions.opinions[2] == Abstention("there is no other answer that it was compared with")


async def test_when_no_pair_is_decided_it_fails():
    with pytest.raises(ScorerUnavailable, match=r"none of 1 comparisons.*neither \[\[A\]\]") as e:
        await pairs(lambda *_: "?").judge((BEST, BAD))
    assert e.value.usage.calls == 2


async def test_only_different_answers_to_the_same_conversation_are_compared():
    judge = pairs(greater)
    other = candidate("Answer: 4", asked=prompt("2 + 2?"))
    judged = (BEST, BEST, other, BAD, candidate("6 *", finish=None), candidate(" "))
    judgement = await judge.judge(judged)
    kinds = [getattr(o, "score", None) for o in judgement.opinions]
    assert kinds == [1.0, 1.0, None, 0.0, None, None]
    assert judgement.usage.calls == judge.bound(judged).calls == 2


@pytest.mark.parametrize("failure", [EngineOverloaded("no room"), EngineUnavailable("gone")])
async def test_a_failed_call_leaves_its_pair_out_and_is_billed_within_the_bound(failure):
    def choose(a: str, b: str) -> str:
        if "40" in a:
            raise failure
        return greater(a, b)

    judge = pairs(choose)
    judgement, bound = await judge.judge((BEST, GOOD, BAD)), judge.bound((BEST, GOOD, BAD))
    assert judgement.opinions[0].score == 1.0
    assert isinstance(judgement.opinions[2], Abstention)
    assert judgement.usage.completion_tokens <= bound.completion_tokens
    assert judgement.usage.calls == (4 if failure.unspent else 6)


async def test_a_reply_that_takes_too_long_is_none():
    slow = RubricPairsConfig(timeout_seconds=0.01).scorer("it", Hanging(lambda *_: ""))
    with pytest.raises(ScorerUnavailable, match=r"took longer than 0\.01 s"):
        await slow.judge((BEST, BAD))


async def test_nothing_to_compare_costs_nothing():
    judge = pairs(greater)
    assert ((await judge.judge((BEST,))).usage, judge.bound((BEST,))) == (Usage(), Usage())


def test_points_are_the_mean_of_the_replies_that_choose():
    assert points_of(["[[A]]", "[[A]] or [[C]]", "?"]) == pytest.approx(0.75)
    assert points_of(["A", "[[D]]", ""]) is None


@given(st.lists(st.text()))
def test_any_replies_have_points_in_zero_to_one_or_none(replies):
    points = points_of(replies)
    assert points is None or 0 <= points <= 1


def test_another_prompt_has_another_version():
    digest = hashlib.sha256(PROMPT.encode()).hexdigest()[:8]
    assert (PROMPT_VERSION, digest) == (1, "0bef07c0")
