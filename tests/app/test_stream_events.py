"""Progress of a streamed search as events of its own, for clients that ask for them."""

import json
from typing import Any

import pytest

from app.presets import BudgetOptions
from app.progress import Progress
from engines.base import Generation, Prompt, Request, Sampling
from engines.conversation import Conversation, Message
from engines.usage import Usage
from search.events import Generated
from tests.app.client import ASK, BEAM, an_app, ask, call_app


def told(text: str) -> list[dict[str, Any]]:
    """Return what the events of progress say."""
    blocks = [block.split("\n") for block in text.split("\n\n")]
    return [json.loads(b[1].removeprefix("data: ")) for b in blocks if b[0].startswith("event: ")]


async def test_a_stream_has_events_only_if_they_are_asked_for() -> None:
    plain = await ask(stream=True, search=BEAM)
    assert "event:" not in plain.text
    asked = await ask(stream=True, search=BEAM | {"events": True})
    events = told(asked.text)
    assert {event["type"] for event in events} == {"search.progress"}
    assert "event: search.progress\n" in asked.text


async def test_events_say_how_the_search_goes_and_what_is_left() -> None:
    limits = {"budget": {"tokens": 5000, "calls": 90}}
    answer = await ask(stream=True, search=BEAM | limits | {"events": True})
    events = told(answer.text)
    assert [e["rounds"] for e in events] == sorted(e["rounds"] for e in events)
    last = events[-1]
    assert last["samples"] > 0
    assert 0 < last["best"] <= 1
    assert last["left"] == {"tokens": 5000 - last["tokens"], "calls": 90 - last["calls"]}


async def test_the_answer_is_the_same_with_and_without_events() -> None:
    def answer(text: str) -> str:
        lines = [line[6:] for line in text.split("\n") if line.startswith("data: {")]
        chunks = [json.loads(line) for line in lines]
        choices = [c for chunk in chunks for c in chunk.get("choices", ())]
        return "".join(c["delta"].get("content") or "" for c in choices)

    plain = await ask(stream=True, search=BEAM)
    told = await ask(stream=True, search=BEAM | {"events": True})
    assert answer(plain.text) == answer(told.text) != ""


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/search/plan"])
async def test_events_without_a_stream_are_refused(path: str) -> None:
    body = ASK | {"search": {"events": True}}
    answer = await call_app(an_app(), "POST", path, json=body)
    assert answer.status_code == 400
    assert "`search.events` are of a stream" in answer.json()["error"]["message"]


def drawn(place: str, tokens: int) -> Generated:
    prompt = Prompt(Conversation((Message("user", "?"),)))
    request = Request(place, prompt, (), 1, Sampling(10, 1.0), 0)
    return Generated(request, Generation((), Usage(completion_tokens=tokens, calls=1)))


def test_requests_of_one_round_are_one_round() -> None:
    progress = Progress()
    for place in ("1.0", "1.1", "4.0", "4.1"):
        progress.hear(drawn(place, 10))
    told = progress.told(BudgetOptions(tokens=30, seconds=9.0), 2.5)
    assert (told["rounds"], told["tokens"], told["calls"]) == (2, 40, 4)
    assert told["left"] == {"tokens": 0, "seconds": 6.5}
