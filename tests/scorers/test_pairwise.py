import hashlib
from math import inf, log

import pytest

from engines.base import Capabilities, Likelihoods
from engines.errors import EngineOverloaded
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable
from scorers.pairwise import LABELS, PROMPT, PROMPT_VERSION, PairJudge
from scorers.preference import Leaning
from tests.scorers.candidates import candidate, prompt

RIGHT, WRONG = candidate("Answer: 42"), candidate("Answer: 41")


def shown(request) -> tuple[str, str]:
    """The two answers, in the order shown."""
    text = request.prompt.conversation.messages[0].content
    parts = [text.split(f"<answer_{label}>\n")[1].split("\n</answer_")[0] for label in "ab"]
    return parts[0], parts[1]


def engine_that_likes(word: str, share: float = 0.9) -> FakeEngine:
    """A judge that gives `share` to the answer that holds `word`."""

    def logprob(request, i: int) -> float:
        return log(share if word in shown(request)[i] else 1 - share)

    return FakeEngine(lambda *_: "", logprob=logprob)


class BusyAt(FakeEngine):
    """An engine with no room where `word` is shown first."""

    def __init__(self, word: str) -> None:
        super().__init__(lambda *_: "", logprob=lambda _, i: -1.0 - i)
        self._word = word

    async def likelihoods(self, request, labels) -> Likelihoods:
        if self._word in shown(request)[0]:
            raise EngineOverloaded("no room")
        return await super().likelihoods(request, labels)


async def test_the_better_of_two_is_better_whichever_is_first():
    judge = PairJudge("it", engine_that_likes("42"))
    preferences = (await judge.compare([(RIGHT, WRONG), (WRONG, RIGHT)])).preferences
    assert [p.first for p in preferences] == pytest.approx([0.9, 0.1])


async def test_a_judge_that_always_likes_the_one_shown_first_says_nothing():
    always_a = FakeEngine(lambda *_: "", logprob=lambda _, i: (log(0.8), log(0.2))[i])
    (preference,) = (await PairJudge("it", always_a).compare([(RIGHT, WRONG)])).preferences
    assert preference.first == pytest.approx(0.5)


async def test_every_pair_is_shown_in_both_orders():
    engine = engine_that_likes("42")
    await PairJudge("it", engine).compare([(RIGHT, WRONG)])
    assert [shown(request) for request in engine.seen] == [
        ("Answer: 42", "Answer: 41"),
        ("Answer: 41", "Answer: 42"),
    ]
    assert len({request.id for request in engine.seen}) == 2
    assert {request.sampling.max_tokens for request in engine.seen} == {1}


async def test_the_model_is_shown_the_conversation():
    engine = FakeEngine(lambda *_: "")
    asked = prompt("Say {a}", "Which?", "42", system="Be brief")
    pair = (candidate("{b}", asked=asked), candidate("It is 42", asked=asked))
    await PairJudge("it", engine).compare([pair])
    text = engine.seen[0].prompt.conversation.messages[0].content
    assert "[system]\nBe brief\n\n[user]\nSay {a}\n\n[assistant]\nWhich?\n\n[user]\n42\n" in text
    assert text.endswith("Which answer is better (A/B)?")
    assert LABELS == ("A", "B")


async def test_a_failed_call_is_an_abstention_on_its_pair_only():
    busy = candidate("Answer: busy")
    comparison = await PairJudge("it", BusyAt("busy")).compare([(RIGHT, busy), (RIGHT, WRONG)])
    failed, known = comparison.preferences
    assert failed == Abstention("the comparison's call failed: no room")
    assert known == Leaning(0.5)
    assert comparison.usage.calls == 3


async def test_when_every_call_fails_all_are_abstentions():
    comparison = await PairJudge("it", BusyAt("Answer")).compare([(RIGHT, WRONG)] * 2)
    assert all(isinstance(p, Abstention) for p in comparison.preferences)
    assert comparison.usage == Usage()


@pytest.mark.parametrize("faint", [-inf, log(0.01)])
async def test_a_model_that_says_neither_has_no_preference(faint):
    mute = FakeEngine(lambda *_: "", logprob=lambda *_: faint)
    (preference,) = (await PairJudge("it", mute).compare([(RIGHT, WRONG)])).preferences
    assert preference == Abstention("the comparison's judge says neither A nor B")


class Worst(FakeEngine):
    """An engine with a token for each byte and 256 more in its template, of a FLOP each."""

    async def likelihoods(self, request, labels) -> Likelihoods:
        tokens = len(request.prompt.conversation.messages[0].content.encode()) + 256
        return Likelihoods((-1.0, -2.0), Usage(tokens, 0, 1, 1, tokens + 1))


async def test_the_worst_tokenizer_stays_within_the_bound():
    judge = PairJudge("it", Worst(lambda *_: ""))
    pairs = [(candidate("½" * 50), RIGHT), (RIGHT, WRONG)]
    assert (await judge.compare(pairs)).usage == judge.bound(pairs)


async def test_nothing_to_compare_costs_nothing():
    judge = PairJudge("it", FakeEngine(lambda *_: ""))
    assert ((await judge.compare([])).preferences, judge.bound([])) == ((), Usage())


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        (Capabilities("text"), (False, False)),
        (FakeEngine(lambda *_: "").capabilities, (True, True)),
    ],
)
def test_a_judge_is_as_able_as_its_engine(able, expected):
    judge = PairJudge("it", FakeEngine(lambda *_: "", capabilities=able))
    assert (judge.able, "flops" in judge.counts) == expected


def test_another_prompt_has_another_version():
    digest = hashlib.sha256(PROMPT.encode()).hexdigest()[:8]
    assert (PROMPT_VERSION, digest) == (1, "37dbdaee")


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_preference_is_a_probability(share):
    with pytest.raises(ScorerUnavailable):
        Leaning(share)
