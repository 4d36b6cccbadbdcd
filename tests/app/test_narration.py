"""`search.narrate`: how a search goes, in `reasoning_content`."""

import json

import pytest

from app.narration import MOST_LINES, Narration
from app.plan import plan
from app.wire import ChatRequest
from search.events import Degraded
from tests.app.client import ASK, BEAM, a_service, ask
from tests.app.test_chat import frames, streamed

TOLD = {"search": BEAM | {"narrate": True}}


def narrated(text: str) -> str:
    chunks = [json.loads(frame) for frame in frames(text)[:-1]]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get("reasoning_content", "") for delta in deltas)


async def test_nothing_is_told_unless_it_is_asked_for() -> None:
    assert "reasoning_content" not in (await ask(search=BEAM)).text
    assert "reasoning_content" not in (await ask(search=BEAM, stream=True)).text


async def test_a_message_tells_of_strategy_rounds_and_verdict() -> None:
    body = (await ask(n=2, **TOLD)).json()
    first, second = [choice["message"] for choice in body["choices"]]
    lines = first["reasoning_content"].splitlines()
    assert lines[0].startswith("Searching by beam_search (n 6, width 3, ")
    assert lines[0].endswith("as the request says.")
    assert lines[1] == "Drew 6 samples, 18 tokens."
    assert lines[2].startswith("Judged ")
    assert lines[-1].startswith("The search came to its end; the answer is one of ")
    assert lines[-1].endswith(f"{body['search']['score']:.3f} by shares_of_b.")
    assert "reasoning_content" not in second


async def test_a_stream_tells_the_same_before_the_answer() -> None:
    whole = (await ask(**TOLD)).json()["choices"][0]["message"]
    text = (await ask(stream=True, **TOLD)).text
    assert narrated(text) == whole["reasoning_content"]
    assert streamed(text) == whole["content"]
    assert text.rindex("reasoning_content") < text.index('"delta":{"content":"b')


async def test_it_costs_no_tokens() -> None:
    plain, told = (await ask(search=BEAM)).json(), (await ask(**TOLD)).json()
    assert told["usage"] == plain["usage"]


@pytest.mark.parametrize("budget", [{"tokens": 20}, {"calls": 1}])
async def test_it_says_what_the_search_ran_out_of(budget) -> None:
    search = TOLD["search"] | {"budget": budget}
    message = (await ask(search=search)).json()["choices"][0]["message"]
    assert f"ran out of {next(iter(budget))}" in message["reasoning_content"]


async def test_an_answer_that_is_shown_as_it_is_drawn_ends_the_telling() -> None:
    search = {"strategy": "sample", "narrate": True}
    text = (await ask(stream=True, search=search)).text
    assert narrated(text).startswith("Searching by sample (n 1)")
    assert text.rindex("reasoning_content") < text.index('"delta":{"content":"')


def test_a_search_without_an_end_is_told_in_so_many_lines() -> None:
    narration = Narration(plan(ChatRequest.model_validate(ASK), a_service()))
    for i in range(3 * MOST_LINES):
        narration.hear(Degraded(f"reason {i}"))
    assert narration.take().count("\n") == MOST_LINES
