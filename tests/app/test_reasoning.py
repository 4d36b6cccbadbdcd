"""`message.reasoning`: thinking is returned where it was asked for, and is never in the content."""

import json
from typing import Any

import pytest

from app.answers import Answered
from app.feed import Feed
from engines.base import Delta, Prompt, Step
from engines.fake import FakeEngine
from engines.thinking import Thinking
from engines.usage import Usage
from scorers.base import Candidate
from search import Outcome
from search.events import Drafted, Rendered
from search.strategies import OneSample
from tests.app.client import ask
from tests.app.test_chat import frames, streamed
from tests.search.thinkers import CLOSED, OPENED, thinker
from tests.search.world import ASKED, TASK

SAMPLE = {"search": {"strategy": "sample"}}
VOTE = {"search": {"strategy": {"kind": "majority", "n": 3}, "candidates": 3}}
THOUGHT = "hm Answer: no\n\nhm"
shown = pytest.mark.parametrize(
    "how", [{"include_reasoning": True}, {"reasoning": {"exclude": False}}]
)
hidden = pytest.mark.parametrize(
    "how", [{}, {"include_reasoning": False}, {"reasoning": {"exclude": True}}]
)


def reasoned(text: str, index: int = 0) -> str:
    chunks = [json.loads(frame) for frame in frames(text)[:-1]]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return "".join(c["delta"].get("reasoning") or "" for c in choices if c["index"] == index)


def talking(*pieces: str, marks=CLOSED, shown: bool = True) -> list[dict[str, str]]:
    """Return what a feed gives of a turn that comes in these pieces."""
    feed = Feed((), shown=shown)
    feed.hear(Rendered(Prompt(ASKED, (), thinking=marks)))
    taken = []
    for piece in pieces:
        feed.hear(Drafted(Delta(0, piece, 1)))
        taken += feed.take()
    return taken


@shown
@pytest.mark.parametrize("search", [SAMPLE, VOTE])
async def test_the_winners_thinking_is_returned_beside_its_answer(how, search) -> None:
    body = (await ask(thinker(), **search, **how)).json()
    message = body["choices"][0]["message"]
    assert message["reasoning"] == THOUGHT
    assert message["content"].endswith(("Answer: a", "Answer: b"))
    assert "hm" not in message["content"]
    assert all(c["reasoning"] == THOUGHT for c in body["search"].get("candidates", ()))


@hidden
@pytest.mark.parametrize("search", [SAMPLE, VOTE])
async def test_thinking_that_was_not_asked_for_is_nowhere(how, search) -> None:
    text = (await ask(thinker(), **search, **how)).text
    assert "hm" not in text
    assert '"reasoning":' not in text


@shown
async def test_a_model_that_does_not_think_has_no_reasoning(how) -> None:
    message = (await ask(**how)).json()["choices"][0]["message"]
    assert message["reasoning"] is None


@shown
@pytest.mark.parametrize("search", [SAMPLE, VOTE])
@pytest.mark.parametrize("marks", [CLOSED, OPENED], ids=["begins", "opened"])
async def test_a_stream_of_a_thinking_model_says_what_the_whole_says(how, search, marks) -> None:
    whole = (await ask(thinker(thinking=marks), **search, **how)).json()["choices"][0]["message"]
    text = (await ask(thinker(thinking=marks), **search, **how, stream=True)).text
    assert reasoned(text) == whole["reasoning"] == THOUGHT
    assert streamed(text) == whole["content"]
    assert text.rindex('"delta":{"reasoning"') < text.index('"delta":{"content"')


@hidden
async def test_a_stream_does_not_show_what_was_not_asked_for(how) -> None:
    text = (await ask(thinker(), **SAMPLE, **how, stream=True)).text
    assert reasoned(text) == ""
    assert "hm" not in streamed(text)
    assert streamed(text)


async def test_every_choice_of_a_stream_has_its_own_thinking() -> None:
    how = {"include_reasoning": True, "n": 2, "stream": True}
    text = (await ask(thinker(), **VOTE, **how)).text
    assert [reasoned(text, i) for i in range(2)] == [THOUGHT, THOUGHT]


def test_thinking_is_shown_as_it_is_drawn_and_a_mark_never() -> None:
    pieces = ("<th", "ink>\nso 1", " + 1 is 2, I would say\n</th", "ink>", "\n\n", "Two", ".")
    taken = talking(*pieces)
    thought = [piece["reasoning"] for piece in taken if "reasoning" in piece]
    assert "".join(thought) == "so 1 + 1 is 2, I would say"
    assert len(thought) > 1
    assert taken[-2:] == [{"content": "Two"}, {"content": "."}]
    assert talking(*pieces, shown=False) == taken[-2:]


def test_what_is_drawn_of_hidden_thinking_wakes_nobody() -> None:
    feed = Feed(())
    feed.hear(Rendered(Prompt(ASKED, (), thinking=OPENED)))
    feed.wake.clear()
    feed.hear(Drafted(Delta(0, "so 1 + 1 is 2, I would say", 9)))
    assert not feed.wake.is_set()
    feed.hear(Drafted(Delta(0, "</think>Two.", 3)))
    assert feed.wake.is_set()


def test_thinking_that_was_not_known_to_be_any_leaves_the_answer_whole() -> None:
    feed = Feed(())
    feed.hear(Rendered(Prompt(ASKED, (), thinking=CLOSED)))
    feed.hear(Drafted(Delta(0, "so 1 + 1 is 2 </think> Two.", 9)))
    assert list(feed.take()) == [{"content": "so 1 + 1 is 2 </think> Two."}]
    assert list(feed.rest({"content": "Two."})) == [{"content": "Two."}]


async def test_thinking_counts_as_reasoning_even_if_it_is_shown() -> None:
    end = await thinker().tokenize("</think> ")
    engine = thinker(thinking=Thinking(end_ids=end))
    usage = (await ask(engine, **SAMPLE, include_reasoning=True)).json()["usage"]
    assert usage["completion_tokens"] == 10
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 6}


async def test_the_cap_on_thinking_is_each_samples_and_is_reported() -> None:
    engine = thinker()
    body = (await ask(engine, **VOTE, thinking_token_budget=2, include_reasoning=True)).json()
    assert body["search"]["sampling"] == {
        "max_tokens": 1024,
        "temperature": 0.8,
        "top_p": 1.0,
        "thinking_tokens": 2,
        "pause_tokens": 0,
    }
    assert body["search"]["budget"] == {}
    assert {c["reasoning"] for c in body["search"]["candidates"]} == {"hm Answer:"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"include_reasoning": True, "reasoning": {"exclude": True}}, None),
        ({"include_reasoning": False, "reasoning": {"exclude": False}}, None),
        ({"include_reasoning": 3}, "include_reasoning"),
        ({"thinking_token_budget": 1.5}, "thinking_token_budget"),
    ],
)
async def test_what_makes_no_sense_of_reasoning_is_refused(body: dict[str, Any], param) -> None:
    response = await ask(thinker(), **body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


async def test_a_schema_is_kept_by_the_answer_of_a_thinking_model() -> None:
    def reply(request, i: int) -> str:
        thought = "<think> hm {} </think> no".removeprefix(request.text)
        return '{"x": 1}' if request.sampling.json_schema else thought

    form = {"response_format": {"type": "json_object"}, "include_reasoning": True}
    body = (await ask(thinker(reply), **form, **VOTE)).json()
    message = body["choices"][0]["message"]
    assert (message["content"], message["reasoning"]) == ('{"x": 1}', "hm {}")
    assert body["search"]["degradations"] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think> hm </think> 42", "42"),
        ("<think> hm", "(no answer: the model was still thinking)"),
    ],
)
def test_a_command_shows_the_answer_alone(text: str, shown: str) -> None:
    answer = Candidate(Prompt(ASKED, (), thinking=CLOSED), (Step(text, 3),), "eos")
    outcome = Outcome(answer, (answer,), "finished", None, Usage(), Usage())
    answered = Answered(TASK, OneSample(), {}, "fake", outcome, 1.0)
    assert answered.lines().splitlines()[0] == shown
    assert answered.plain()["text"] == ("42" if shown == "42" else "")


async def test_thinking_that_never_ends_is_an_empty_answer_and_said_to_be_one() -> None:
    engine: FakeEngine = thinker(lambda *_: "<think> hm")
    body = (await ask(engine, **SAMPLE, include_reasoning=True)).json()
    message = body["choices"][0]["message"]
    assert (message["content"], message["reasoning"]) == ("", "hm")
    assert body["search"]["degradations"] == [
        "there is no answer: the thinking did not come to its end"
    ]
