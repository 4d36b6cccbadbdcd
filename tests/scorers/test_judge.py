import hashlib
from math import exp, inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Capabilities, Likelihoods
from engines.errors import EngineOverloaded, EngineUnavailable
from engines.fake import FakeEngine
from engines.usage import Usage
from scorers.asking import probability
from scorers.base import Abstention, ScorerUnavailable, Verdict
from scorers.judge import LABELS, PROMPT, PROMPT_VERSION, Judge
from tests.scorers.candidates import candidate, prompt, with_tools

logprobs = st.floats(-200, 0)


def engine_that_says(yes: float, no: float) -> FakeEngine:
    return FakeEngine(lambda *_: "", logprob=lambda _, i: (yes, no)[i])


NO_ROOM = EngineOverloaded("no room")


class BusyAt(FakeEngine):
    """An engine that fails, for want of room if not told otherwise, on what says `word`."""

    def __init__(self, word: str, failure: Exception = NO_ROOM) -> None:
        super().__init__(lambda *_: "", logprob=lambda _, i: -1.0 - i)
        self._word, self._failure = word, failure

    async def likelihoods(self, request, labels) -> Likelihoods:
        if self._word in request.prompt.conversation.messages[0].content:
            raise self._failure
        return await super().likelihoods(request, labels)


async def test_the_score_is_yes_over_yes_and_no():
    scorer = Judge("it", engine_that_says(log(0.3), log(0.1)))
    (opinion,) = (await scorer.judge((candidate("Answer: 42"),))).opinions
    assert opinion.score == pytest.approx(0.75)


async def test_the_model_is_shown_the_conversation_and_the_solution():
    engine = engine_that_says(-1, -2)
    asked = prompt("Say {answer}", "Which?", "42", system="Be brief")
    await Judge("it", engine).judge((candidate("It is ", "{conversation}", asked=asked),))
    shown = engine.seen[0].prompt.conversation.messages[0].content
    told = "[system]\nBe brief\n\n[user]\nSay {answer}\n\n[assistant]\nWhich?\n\n[user]\n42\n"
    assert told in shown
    assert "<answer>\nIt is {conversation}\n</answer>" in shown
    assert shown.endswith("Is the answer correct (Yes/No)?")


async def test_the_model_is_shown_tools_their_calls_and_their_results():
    engine = engine_that_says(-1, -2)
    await Judge("it", engine).judge((candidate("It is 42.", asked=with_tools()),))
    shown = engine.seen[0].prompt.conversation.messages[0].content
    call = '<tool_call>\n{"name": "multiply", "arguments": {"a": 6}}\n</tool_call>'
    assert '"name": "multiply", "parameters"' in shown
    assert f"[assistant]\n{call}\n\n[user]\n<tool_response>\n42\n</tool_response>\n" in shown


async def test_one_token_is_asked_for_and_every_call_has_its_own_name():
    engine = engine_that_says(-1, -2)
    await Judge("it", engine).judge([candidate(f"Answer: {i}") for i in range(3)])
    assert {request.sampling.max_tokens for request in engine.seen} == {1}
    assert len({request.id for request in engine.seen}) == 3
    assert LABELS == ("Yes", "No")


async def test_a_failed_call_is_an_abstention_on_its_candidate_only():
    right, busy = candidate("Answer: 42"), candidate("Answer: busy")
    judgement = await Judge("it", BusyAt("busy")).judge((busy, right, busy))
    failed = Abstention("the verifier's call failed: no room")
    assert judgement.opinions[::2] == (failed, failed)
    assert isinstance(judgement.opinions[1], Verdict)
    assert judgement.usage.calls == 1


async def test_a_call_that_may_have_been_answered_is_billed_at_the_most_it_can_cost():
    lost = EngineUnavailable("gone")
    scorer, busy = Judge("it", BusyAt("busy", lost)), candidate("Answer: busy")
    usage = (await scorer.judge((busy, candidate("Answer: 42")))).usage
    alone = (await scorer.judge((candidate("Answer: 42"),))).usage
    assert usage == alone + scorer.bound((busy,))


@pytest.mark.parametrize(("failure", "unspent"), [(NO_ROOM, True), (EngineUnavailable("x"), False)])
async def test_an_unavailable_scorer_says_whether_anything_was_spent(failure, unspent):
    with pytest.raises(ScorerUnavailable) as caught:
        await Judge("it", BusyAt("Answer", failure)).judge((candidate("Answer: 1"),))
    assert caught.value.unspent is unspent


async def test_the_scorer_is_unavailable_when_every_call_fails():
    with pytest.raises(ScorerUnavailable, match="all 2 calls"):
        await Judge("it", BusyAt("Answer")).judge((candidate("Answer: 1"), candidate("Answer: 2")))


@pytest.mark.parametrize("faint", [-inf, log(0.01)])
async def test_a_model_that_says_neither_is_no_verdict(faint):
    (opinion,) = (
        await Judge("it", engine_that_says(faint, faint)).judge((candidate("x"),))
    ).opinions
    assert opinion == Abstention("the verifier says neither Yes nor No")


async def test_a_model_torn_between_both_is_a_verdict_of_one_half():
    (opinion,) = (await Judge("it", engine_that_says(-0.7, -0.7)).judge((candidate("x"),))).opinions
    assert opinion == Verdict(0.5, (0.5,))


async def test_unfinished_and_empty_solutions_cost_nothing():
    engine = engine_that_says(-1, -2)
    given_up = (candidate("6 *", finish=None), candidate(" \n"))
    judgement = await Judge("it", engine).judge(given_up)
    assert [o.reason for o in judgement.opinions] == [
        "the solution is unfinished",
        "the solution has no text",
    ]
    assert (engine.seen, judgement.usage, Judge("it", engine).bound(given_up)) == (
        [],
        Usage(),
        Usage(),
    )


class Worst(FakeEngine):
    """An engine with a token for each byte and 256 more in its template, of a FLOP each."""

    async def likelihoods(self, request, labels) -> Likelihoods:
        text = request.prompt.conversation.messages[0].content
        tokens = len(text.encode()) + 256
        return Likelihoods((-1.0, -2.0), Usage(tokens, 0, 1, 1, tokens + 1))


async def test_the_worst_tokenizer_stays_within_the_bound():
    scorer = Judge("it", Worst(lambda *_: ""))
    judged = [candidate("½" * 50), candidate("Answer: 42")]
    assert (await scorer.judge(judged)).usage == scorer.bound(judged)


async def test_flops_are_not_counted_for_a_model_of_unknown_size():
    engine = FakeEngine(lambda *_: "", capabilities=Capabilities("unknown"))
    bound = Judge("it", engine).bound((candidate("Answer: 42"),))
    assert (bound.calls, bound.completion_tokens, bound.flops) == (1, 1, 0.0)


def test_another_prompt_has_another_version():
    # Scores of two prompts are not comparable: change both numbers together.
    digest = hashlib.sha256(PROMPT.encode()).hexdigest()[:8]
    assert (PROMPT_VERSION, digest) == (1, "6fb963b9")


@given(yes=logprobs, no=logprobs)
def test_yes_and_no_share_everything(yes, no):
    assert probability(yes, no) + probability(no, yes) == pytest.approx(1)
    assert 0 <= probability(yes, no) <= 1


@given(yes=st.floats(-20, 0), no=st.floats(-20, 0))
def test_the_share_is_that_of_the_probabilities(yes, no):
    assert probability(yes, no) == pytest.approx(exp(yes) / (exp(yes) + exp(no)))


def test_a_label_that_cannot_be_said_is_certainly_not_meant():
    assert probability(-inf, -1) == 0
    assert probability(-1, -inf) == 1
