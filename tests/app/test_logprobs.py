"""`logprobs` and `top_logprobs`: of the tokens of the answers that are returned, of no others."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from app.logprobs import UNKNOWN, tokens_of
from engines.base import Capabilities, Delta, Generation, Prompt, Request, Step
from engines.drawn import Drawn, Token
from engines.fake import FakeEngine
from scorers.base import Candidate
from tests.app.client import BEAM, ask
from tests.app.test_chat import frames, streamed
from tests.search.thinkers import CLOSED, OPENED, thinker
from tests.search.tools import PARIS, TOOLS, says
from tests.search.world import ASKED, STRATEGIES, a_or_b

LOGPROBS = {"logprobs": True, "top_logprobs": 2}
SPEAKING = [strategy for strategy in STRATEGIES if strategy.speaks]
SILENT = [s for s in STRATEGIES if not (s.speaks or s.advised != "never" or s.engines)]


def said(logprobs: dict[str, Any] | None) -> str:
    """Return what the tokens of a choice say together."""
    assert logprobs
    return b"".join(bytes(token["bytes"]) for token in logprobs["content"]).decode()


def chunked(text: str, index: int = 0) -> list[dict[str, Any]]:
    """Return the choices of a stream's chunks that have log-probabilities."""
    chunks = [json.loads(frame) for frame in frames(text)[:-1]]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return [c for c in choices if c["index"] == index and c["logprobs"] is not None]


@pytest.mark.parametrize("strategy", SILENT, ids=lambda s: f"{s.kind}{s.solutions}")
async def test_every_strategy_has_the_tokens_of_its_answer(strategy) -> None:
    body = (await ask(search={"strategy": strategy.model_dump(mode="json")}, **LOGPROBS)).json()
    [choice] = body["choices"]
    assert choice["message"]["content"]
    assert said(choice["logprobs"]) == choice["message"]["content"]
    assert choice["logprobs"]["refusal"] is None
    assert {len(one["top_logprobs"]) for one in choice["logprobs"]["content"]} == {2}
    assert UNKNOWN not in body["search"]["degradations"]


@pytest.mark.parametrize("search", [{"strategy": "sample"}, {"strategy": "best_of_n"}, BEAM])
async def test_a_stream_has_the_tokens_with_the_words_they_are(search) -> None:
    whole = (await ask(search=search, **LOGPROBS)).json()["choices"][0]
    text = (await ask(search=search, stream=True, **LOGPROBS)).text
    pieces = chunked(text)
    assert [c for piece in pieces for c in piece["logprobs"]["content"]] == (
        whole["logprobs"]["content"]
    )
    assert all(said(piece["logprobs"]) == piece["delta"]["content"] for piece in pieces)
    assert streamed(text) == whole["message"]["content"]


@pytest.mark.parametrize("stream", [True, False])
async def test_every_choice_has_its_own(stream: bool) -> None:
    search = {"strategy": "best_of_n"}
    body = (await ask(search=search, n=3, **LOGPROBS)).json()
    contents = [choice["message"]["content"] for choice in body["choices"]]
    assert [said(choice["logprobs"]) for choice in body["choices"]] == contents
    text = (await ask(search=search, n=3, stream=True, **LOGPROBS)).text
    for index, content in enumerate(contents):
        told = [piece["logprobs"] for piece in chunked(text, index)]
        assert "".join(map(said, told)) == content


async def test_nothing_is_told_of_tokens_unless_it_is_asked_for() -> None:
    engine = FakeEngine(a_or_b)
    [choice] = (await ask(engine)).json()["choices"]
    assert choice["logprobs"] is None
    assert all(request.sampling.shown is None for request in engine.seen)
    [choice] = (await ask(logprobs=True)).json()["choices"]
    assert all(token["top_logprobs"] == [] for token in choice["logprobs"]["content"])


@pytest.mark.parametrize("stop", ["END", " 42", "wer is 42 E"])
async def test_a_stop_string_and_what_is_behind_it_has_no_tokens(stop: str) -> None:
    engine = FakeEngine(lambda request, i: "the answer is 42 END of it")
    [choice] = (await ask(engine, stop=stop, **LOGPROBS)).json()["choices"]
    content = choice["message"]["content"]
    assert stop not in content
    # The last token can have brought the beginning of what was cut.
    assert said(choice["logprobs"]).startswith(content)
    assert len(said(choice["logprobs"]).split()) == len(content.split())


@pytest.mark.parametrize("marks", [CLOSED, OPENED], ids=["begins", "opened"])
@pytest.mark.parametrize("stream", [True, False])
async def test_thinking_has_none_whether_it_is_shown_or_not(marks, stream: bool) -> None:
    how = {"search": {"strategy": "majority"}, "include_reasoning": True, **LOGPROBS}
    whole = (await ask(thinker(thinking=marks), **how)).json()["choices"][0]
    assert said(whole["logprobs"]) == whole["message"]["content"]
    assert whole["message"]["reasoning"]
    text = (await ask(thinker(thinking=marks), stream=True, **how)).text
    assert "".join(said(piece["logprobs"]) for piece in chunked(text)) == streamed(text)


@pytest.mark.parametrize("budget", [0, 2])
async def test_thinking_that_is_ended_at_a_cap_leaves_the_tokens_of_the_answer(budget: int) -> None:
    how = {"thinking_token_budget": budget, "search": {"strategy": "best_of_n"}, **LOGPROBS}
    body = (await ask(thinker(thinking=CLOSED), **how)).json()
    [choice] = body["choices"]
    assert choice["message"]["content"]
    assert said(choice["logprobs"]) == choice["message"]["content"]
    assert UNKNOWN not in body["search"]["degradations"]


async def test_calls_have_none_and_the_words_beside_them_do() -> None:
    called = (await ask(says(PARIS[0]), tools=TOOLS, **LOGPROBS)).json()["choices"][0]
    assert called["message"]["tool_calls"]
    assert called["logprobs"]["content"] == []
    beside = (await ask(says(PARIS[1]), tools=TOOLS, **LOGPROBS)).json()["choices"][0]
    assert said(beside["logprobs"]).strip() == beside["message"]["content"] == "Sure."


@pytest.mark.parametrize(
    ("given", "asked", "param"),
    [(0, 0, "logprobs"), (0, 5, "logprobs"), (5, 6, "top_logprobs"), (5, 5, None)],
)
async def test_more_than_the_engine_gives_is_refused(given: int, asked: int, param) -> None:
    able = Capabilities("few", token_ids=True, continues=True, alternatives=given)
    body = {"logprobs": True, "top_logprobs": asked, "search": {"strategy": "sample"}}
    response = await ask(FakeEngine(a_or_b, capabilities=able), **body)
    assert response.status_code == (400 if param else 200)
    assert response.json().get("error", {}).get("param") == param


@pytest.mark.parametrize("strategy", SPEAKING, ids=lambda s: s.kind)
async def test_strategies_that_put_in_their_own_words_refuse_them(strategy) -> None:
    response = await ask(search={"strategy": strategy.kind}, **LOGPROBS)
    assert (response.status_code, response.json()["error"]["param"]) == (400, "logprobs")


class Interrupted(FakeEngine):
    """Says half an answer, and then nothing."""

    async def generate(self, request: Request, listen=None) -> Generation:
        assert listen
        listen(Delta(0, "half of an ans", 4))
        await asyncio.sleep(3600)
        raise AssertionError


async def test_an_answer_that_the_clock_cut_says_that_its_tokens_are_not_known() -> None:
    search = {"strategy": "sample", "budget": {"seconds": 1.0}}
    body = (await ask(Interrupted(a_or_b), search=search, **LOGPROBS)).json()
    assert body["choices"][0]["message"]["content"] == "half of an ans"
    assert body["choices"][0]["logprobs"] is None
    assert UNKNOWN in body["search"]["degradations"]


def test_tokens_are_those_of_the_steps_that_say_it() -> None:
    words = [Drawn(Token.of(word, -1.0)) for word in ("a ", "b\n\n", "c", "<eos>")]
    steps = (Step("a b\n\n", 2, drawn=tuple(words[:2])), Step("c", 2, drawn=tuple(words[2:])))
    whole = Candidate(Prompt(ASKED), steps, "eos")
    assert tokens_of(whole, "a b\n\nc") == tuple(words[:3])
    assert tokens_of(whole, "a b") == tuple(words[:2])
    assert tokens_of(whole, "b") is None
    unknown = (steps[0], replace(steps[1], drawn=None))
    assert tokens_of(Candidate(Prompt(ASKED), unknown, "eos"), "a b\n\nc") is None
