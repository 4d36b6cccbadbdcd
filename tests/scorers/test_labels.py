import asyncio
from math import exp, inf, log
from typing import Never

import pytest

from engines.base import Capabilities, Likelihoods, Prompt
from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from engines.probe import VllmConfig
from engines.usage import Usage
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.families import LABEL_FAMILIES, label_family_of
from scorers.labels import PrmLabels, PrmLabelsConfig
from tests.scorers.candidates import candidate, prompt

Q = prompt("q")
AB = candidate("a\n\n", "b", asked=Q)


class Reader(FakeEngine):
    """A reward model that keeps what it read, turns or text; `right` is log P(+) of it."""

    def __init__(self, right=lambda read: -1.0, able: Capabilities | None = None) -> None:
        super().__init__(lambda *_: "", **({"capabilities": able} if able else {}))
        self.read: list[object] = []
        self.labels: set[tuple[str, ...]] = set()
        self._right = right

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        self.read.append(text)
        return await super().tokenize(text)

    async def render(self, conversation) -> Prompt:
        self.read.append([(turn.role, turn.content) for turn in conversation.messages])
        return await super().render(conversation)

    async def likelihoods(self, request, labels) -> Likelihoods:
        self.seen.append(request)
        self.labels.add(labels)
        right = self._right(self.read[-1])
        return Likelihoods((right, log(1 - exp(right)) if right > -50 else right), Usage(calls=1))


def scorer(engine: FakeEngine, family="rlhflow", **config) -> PrmLabels:
    server = VllmConfig(url="http://unused")
    return PrmLabelsConfig(server=server, family=family, **config).scorer("it", engine)


async def test_rlhflows_models_read_a_turn_a_step_and_a_plus_behind_each():
    engine = Reader()
    await scorer(engine).judge((AB,))
    first = [("user", "q a")]
    assert engine.read == [first, [*first, ("assistant", "+"), ("user", "b")]]
    assert engine.labels == {("+", "-")}
    assert {request.sampling.max_tokens for request in engine.seen} == {1}


async def test_those_trained_on_numbered_steps_read_numbers():
    engine = Reader()
    await scorer(engine, "rlhflow_numbered").judge((candidate("a\n\nb", asked=Q),))
    assert engine.read[1] == [
        ("user", "q Step 1: a"),
        ("assistant", "+"),
        ("user", "Step 2: b"),
    ]


async def test_rlhflows_outcome_model_reads_the_whole_answer_once():
    engine = Reader()
    judge = scorer(engine, "rlhflow_orm")
    begun, whole = (await judge.judge((candidate("a", finish=None), AB))).opinions
    assert engine.read == [[("user", "q a\n\nb")]]
    assert isinstance(begun, Abstention)
    assert len(whole.rewards) == len(AB.steps) - 1
    assert not judge.partial


async def test_math_shepherd_reads_its_text_up_to_each_tag():
    engine = Reader()
    steps = ("Step 1: a", "Step 2: b")
    judged = await scorer(engine, "math_shepherd").judge((candidate(*steps, asked=Q),))
    assert engine.read == ["<s>q Step 1: a ки", "<s>q Step 1: a ки\nStep 2: b ки"]
    assert len(judged.opinions[0].rewards) == 2


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("RLHFlow/Llama3.1-8B-PRM-Deepseek-Data", "rlhflow"),
        ("RLHFlow/Llama3.1-8B-PRM-Mistral-Data", "rlhflow_numbered"),
        ("RLHFlow/Llama3.1-8B-ORM-Mistral-Data", "rlhflow_orm"),
        ("RLHFlow/Llama3.1-8B-ORM-Deepseek-Data", "rlhflow_orm"),
        ("peiyi9979/math-shepherd-mistral-7b-prm", "math_shepherd"),
        ("someone/their-prm", "rlhflow"),
    ],
)
def test_a_family_is_found_by_the_models_name(model, family):
    assert label_family_of(model) is LABEL_FAMILIES[family]


async def test_a_reward_is_the_softmax_of_the_two_labels():
    engine = FakeEngine(lambda *_: "", logprob=lambda _, i: (2.0, 0.0)[i] - 9)
    (verdict,) = (await scorer(engine).judge((candidate("a"),))).opinions
    assert verdict.score == pytest.approx(0.880797, abs=1e-6)


@pytest.mark.parametrize(("family", "score"), [("rlhflow", 0.55), ("math_shepherd", 0.2)])
async def test_rewards_are_aggregated_as_the_family_does(family, score):
    def right(read: object) -> float:
        return log(0.2 if "b" in str(read).removeprefix("<s>") else 0.9)

    (verdict,) = (await scorer(Reader(right), family).judge((AB,))).opinions
    assert verdict.rewards == pytest.approx((0.9, 0.2))
    assert verdict.score == pytest.approx(score)


async def test_steps_that_candidates_share_are_asked_about_once():
    engine = Reader()
    judge = scorer(engine)
    first = await judge.judge((candidate("a\n\n", finish=None, asked=Q), AB))
    second = await judge.judge((AB, candidate("a\n\n", "c", asked=Q)))
    assert (first.usage.calls, second.usage.calls) == (2, 1)
    assert first.opinions[1] == second.opinions[0]
    assert judge.bound((AB,)) == Usage()


async def test_the_longest_unused_are_forgotten():
    engine = Reader()
    judge = PrmLabels("it", engine, LABEL_FAMILIES["rlhflow"], 1, remembered=1)
    for text in ("a", "a", "b", "a"):
        await judge.judge((candidate(text, asked=Q),))
    assert [turns[0][1] for turns in engine.read] == ["q a", "q b", "q a"]


def failing(word: str, failure: Exception):
    def right(read: object) -> float:
        if word in str(read):
            raise failure
        return -1.0

    return right


async def test_a_failed_call_is_an_abstention_on_those_that_needed_it():
    busy = candidate("a\n\n", "busy", asked=Q)
    engine = Reader(failing("busy", EngineOverloaded("no room")))
    right, failed = (await scorer(engine).judge((AB, busy))).opinions
    assert isinstance(right, Verdict)
    assert failed == Abstention("the verifier's call failed: no room")


@pytest.mark.parametrize(
    ("failure", "unspent"), [(EngineOverloaded("no room"), True), (EngineUnavailable("x"), False)]
)
async def test_it_fails_when_nobody_can_be_judged(failure, unspent):
    with pytest.raises(ScorerUnavailable, match="2 of 2 calls") as caught:
        await scorer(Reader(failing("q", failure))).judge((AB,))
    assert caught.value.unspent is unspent


async def test_a_model_that_says_neither_label_is_no_verdict():
    mute = FakeEngine(lambda *_: "", logprob=lambda *_: -inf)
    (opinion,) = (await scorer(mute).judge((AB,))).opinions
    assert opinion == Abstention("the verifier says neither + nor -")


class Hanging(FakeEngine):
    async def likelihoods(self, request, labels) -> Never:
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_answer_that_takes_too_long_is_none():
    slow = scorer(Hanging(lambda *_: ""), timeout_seconds=0.01)
    with pytest.raises(ScorerUnavailable, match=r"took longer than 0\.01 s"):
        await slow.judge((AB,))


@pytest.mark.parametrize(
    ("engine", "family", "reason"),
    [
        (FakeEngine(lambda *_: "", logprob=lambda *_: -inf), "rlhflow", "neither [+] nor -"),
        (Reader(able=Capabilities("text")), "math_shepherd", "text is not asked by token ids"),
        (Reader(failing("2 + 3", EngineUnavailable("gone"))), "rlhflow", "gone"),
    ],
)
async def test_a_server_that_does_not_say_labels_is_refused_at_the_start(engine, family, reason):
    judge = scorer(engine, family)
    with pytest.raises(ScorerUnavailable, match=f"{reason}: the server must be .*set `family`"):
        await judge.check()


async def test_other_labels_can_be_given():
    engine = Reader()
    await scorer(engine, labels=("good", "bad"), aggregation="last").judge((AB,))
    assert engine.labels == {("good", "bad")}
    assert ("assistant", "good") in engine.read[1]
